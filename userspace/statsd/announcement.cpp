#include "statsd/announcement.h"

#include "statsd/number.h"

namespace squid::statsd {
namespace {

// Cuts the text in front of `separator` off, all of it where there is none.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end == kNone ? rest.size() : end + 1);
  return taken;
}

bool is_priority(std::string_view text) {
  return text == "normal" || text == "low";
}

bool is_alert(std::string_view text) {
  return text == "error" || text == "warning" || text == "info" || text == "success";
}

bool read_field(std::string_view field, Announcement& told) {
  if (field.starts_with("d:")) return parse_integer(field.substr(2), told.time_s) && told.time_s > 0;
  if (field.starts_with("h:")) told.host = field.substr(2);
  if (field.starts_with("#")) told.tags = field.substr(1);
  if (told.kind == Announcement::Kind::kServiceCheck) return true;
  if (field.starts_with("p:")) {
    told.priority = field.substr(2);
    return is_priority(told.priority);
  }
  if (field.starts_with("t:")) {
    told.alert = field.substr(2);
    return is_alert(told.alert);
  }
  return true;  // later versions may have more fields
}

bool read_fields(std::string_view fields, Announcement& told) {
  while (!fields.empty()) {
    // The message is the last field, whatever it holds.
    if (told.kind == Announcement::Kind::kServiceCheck && fields.starts_with("m:")) {
      told.text = fields.substr(2);
      return true;
    }
    if (!read_field(take_until(fields, '|'), told)) return false;
  }
  return true;
}

// Behind "_e{".
std::optional<Announcement> parse_event(std::string_view rest) {
  Announcement event{.kind = Announcement::Kind::kEvent};
  std::size_t title_bytes = 0;
  std::size_t text_bytes = 0;
  if (!parse_integer(take_until(rest, ','), title_bytes) || title_bytes == 0) return std::nullopt;
  if (!parse_integer(take_until(rest, '}'), text_bytes)) return std::nullopt;
  if (!rest.starts_with(':')) return std::nullopt;
  rest.remove_prefix(1);
  if (title_bytes >= rest.size() || rest[title_bytes] != '|') return std::nullopt;
  event.title = rest.substr(0, title_bytes);
  rest.remove_prefix(title_bytes + 1);
  if (text_bytes > rest.size()) return std::nullopt;
  event.text = rest.substr(0, text_bytes);
  rest.remove_prefix(text_bytes);
  if (!rest.empty() && rest.front() != '|') return std::nullopt;
  if (!rest.empty()) rest.remove_prefix(1);
  if (!read_fields(rest, event)) return std::nullopt;
  return event;
}

// Behind "_sc|".
std::optional<Announcement> parse_service_check(std::string_view rest) {
  Announcement check{.kind = Announcement::Kind::kServiceCheck};
  check.title = take_until(rest, '|');
  const std::string_view status = take_until(rest, '|');
  if (check.title.empty() || status.size() != 1 || status[0] < '0' || status[0] > '3') return std::nullopt;
  check.status = static_cast<std::uint8_t>(status[0] - '0');
  if (!read_fields(rest, check)) return std::nullopt;
  return check;
}

}  // namespace

std::optional<Announcement> parse_announcement(std::string_view line) {
  if (line.starts_with("_e{")) return parse_event(line.substr(3));
  if (line.starts_with("_sc|")) return parse_service_check(line.substr(4));
  return std::nullopt;
}

}  // namespace squid::statsd
