// What containers have been called, or could be: every name in here must come out of every encoder as data.
#pragma once

#include <string>
#include <vector>

namespace squid {

inline const std::vector<std::string>& hostile_names() {
  using namespace std::string_literals;
  static const std::vector<std::string> names = {
      ""s,
      " "s,
      "."s,
      ".."s,
      "../../etc/passwd"s,
      "/"s,
      "a/b"s,
      "a.b.c"s,
      "a\nother.series 1 2"s,
      "a\r\nb"s,
      "a\tb"s,
      "a b"s,
      "a\0b"s,
      "\x1b[31mred\x1b[0m"s,
      "\x7f"s,
      "\"quoted\" 'twice'"s,
      "back\\slash"s,
      "{container}"s,
      "a{b=\"c\"}"s,
      "a;tag=value"s,
      "~tilde"s,
      "*?[]{}()"s,
      "sum(seriesList)"s,
      "caf\xC3\xA9"s,
      "\xE6\xBC\xA2\xE5\xAD\x97"s,  // two ideographs
      "\xF0\x9F\x90\x99"s,          // an octopus
      "bad \xC3"s,                  // a character cut short
      "\xC0\xAF"s,                  // an overlong slash
      "\xED\xA0\x80"s,              // a surrogate
      "\xF4\x90\x80\x80"s,          // beyond Unicode
      "\xFF\xFE"s,                  // never in UTF-8
      "a\xC2\xA0"s + "b"s,          // no-break space: white space to Python
      "a\xC2\x85"s + "b"s,          // next line
      "a\xE2\x80\xA8" + "b"s,       // line separator
      "a\xE3\x80\x80"s + "b"s,      // ideographic space
      "evil\xE2\x80\xAEtxt.exe"s,   // right-to-left override
      "\xE2\x80\x8B"s,              // zero-width space
      "\xEF\xBB\xBFmarked"s,        // byte order mark
      "e\xCC\x81"s,                 // combining accent
      std::string(4096, 'x'),
      std::string(1366, '\xE6') + "\xBC\xA2"s,
      [] {
        std::string text = "y";
        for (int i = 0; i < 1000; ++i) text += "\xE6\xBC\xA2";
        return text;
      }(),
      "</script><script>alert(1)</script>"s,
      "$(reboot)`reboot`"s,
      "%s%n%x"s,
  };
  return names;
}

}  // namespace squid
