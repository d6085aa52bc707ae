// What may stand in a graphite name. carbon cuts lines at white space, closes the connection at one invalid
// byte, and makes directories and file names of what is left; graphite's queries give punctuation a meaning.
// So a name keeps letters, digits, `_ - : + @ %` and visible characters beyond ASCII, and everything else
// becomes `_`. It does not undo anything: two names may become equal here (see series_name.h).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace squid {

// Below the 255 bytes of a file name, with room for ".wsp" and for what tells two names apart.
inline constexpr std::size_t kComponentBytes = 200;

// Of an ASCII character: does it stay?
bool is_name_character(unsigned char character);

// May this stand in a line as it is, with its dots and, as in `a.b;tag=value`, its tags? Not with an empty
// component in front: carbon would take it for a path from the root.
bool is_whole_name(std::string_view name);

// One component: dots become `_` too. Cut to kComponentBytes between two characters; an empty one is `_`.
void append_component(std::string& out, std::string_view text);

// What may stand in a tag or its value: as a component, but dots and slashes stay.
void append_tag_text(std::string& out, std::string_view text);

// Several components with dots between them; empty ones are left out, `_` where nothing is left.
void append_path(std::string& out, std::string_view text);

}  // namespace squid
