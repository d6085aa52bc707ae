// A report as a table for people: one row per container, the busiest first. Columns that no container has a
// value for are left out; a value that is missing is "-", never 0. The only output here whose form may change
// without notice.
#pragma once

#include <string>

#include "core/report.h"

namespace squid {

// Appends to `out`.
void encode_table(const Report& report, std::string& out);

}  // namespace squid
