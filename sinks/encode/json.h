// A report as JSON, one object per line and series. Names stand as they are (in valid UTF-8), ids in full;
// squid-bpf's own metrics have an empty container and id; only what is in a pod has a "pod" and a
// "namespace".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/report.h"
#include "sinks/encode/stat_names.h"

namespace squid {

// Appends to `out`. `labels`: the keys of those that are told of, in "labels", which only who has one of them
// has.
EncodeTally encode_json(const Report& report, std::string& out, std::span<const std::string> labels = {});

// The inside of a JSON string; what is not UTF-8 becomes U+FFFD.
void append_json_text(std::string& out, std::string_view text);

}  // namespace squid
