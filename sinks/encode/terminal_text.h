// Text that is safe to show in a terminal, and how many columns it takes there. Nothing that comes out of
// here can move the cursor, colour the screen or turn the writing round.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace squid {

// `text` in at most `columns` columns, with an ellipsis where it was cut. What cannot be shown is `?`.
std::string fit_text(std::string_view text, std::size_t columns);

// Columns of what fit_text() returned.
std::size_t text_width(std::string_view fitted);

// Powers of 1024, three digits: "512 B", "1.50 KiB", "23.4 GiB".
std::string humanise_bytes(double bytes);

}  // namespace squid
