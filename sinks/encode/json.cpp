#include "sinks/encode/json.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "sinks/encode/point_labels.h"
#include "sinks/encode/text_writer.h"
#include "sinks/encode/utf8.h"

namespace squid {
namespace {

constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned character = 0x20; character < 0x7F; ++character) plain[character] = true;
  plain['"'] = false;
  plain['\\'] = false;
  return plain;
}();

void append_escaped(std::string& out, CodePoint point, std::string_view bytes) {
  if (!point.valid)
    out.append(kReplacementCharacter);
  else if (point.value == '"' || point.value == '\\')
    out.append({'\\', bytes.front()});
  else if (point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0))
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(point.value));
  else
    out.append(bytes);
}

// ,"labels":{"tier":"front"}
void append_labels(std::string& out, const Container& container, std::span<const std::string> keys) {
  std::string_view before = ",\"labels\":{\"";
  for (const std::string& key : keys) {
    const auto label = container.labels.find(key);
    if (label == container.labels.end()) continue;
    out.append(std::exchange(before, ",\""));
    append_json_text(out, key);
    out += "\":\"";
    append_json_text(out, label->second);
    out += '"';
  }
  if (before == ",\"") out += '}';
}

// "container":"web","id":"0123","pod":"shop-0","namespace":"prod"; pod and namespace where there are any. A
// group is no container: "group":"slice","name":"system.slice","id":"/system.slice"
void append_identity(std::string& out, const Container* container, std::span<const std::string> labels) {
  static const Container squid_itself;
  if (container == nullptr) container = &squid_itself;
  if (container->is_group())
    out.append("\"group\":\"").append(group_kind_name(container->group)).append("\",\"name\":\"");
  else
    out += "\"container\":\"";
  append_json_text(out, container->name);
  out += "\",\"id\":\"";
  append_json_text(out, container->id);
  out += '"';
  for (const auto& [key, text] :
       {std::pair("pod", &container->pod), std::pair("namespace", &container->kubernetes_namespace)}) {
    if (text->empty()) continue;
    out.append(",\"").append(key).append("\":\"");
    append_json_text(out, *text);
    out += '"';
  }
  append_labels(out, *container, labels);
}

// {"time":1,"host":"h","datacenter":"fra1",
void append_start(std::string& out, std::int64_t time_s, const Report& report, const HostIdentity* host) {
  fmt::format_to(std::back_inserter(out), "{{\"time\":{},\"host\":\"", time_s);
  append_json_text(out, report.host_name(host));
  for (const auto& [name, value] : report.host_facts(host)) {
    out.append("\",\"").append(name).append("\":\"");
    append_json_text(out, value);
  }
  out += "\",";
}

// {"time":1,"host":"h","container":"web","id":"0123","event":"oom_kill","process":"java","pid":7,"limit":4096}
void append_event(const Event& event, const Report& report, std::span<const std::string> labels,
                  std::string& out) {
  append_start(out, event.time_s, report, event.host.get());
  append_identity(out, event.container.get(), labels);
  fmt::format_to(std::back_inserter(out), ",\"event\":\"{}\"", event_name(event.kind));
  if (event.kind == EventKind::kOomKill) {
    out += ",\"process\":\"";
    append_json_text(out, event.process);
    fmt::format_to(std::back_inserter(out), "\",\"pid\":{}", event.pid);
    if (event.limit_bytes != 0) fmt::format_to(std::back_inserter(out), ",\"limit\":{}", event.limit_bytes);
  }
  out += "}\n";
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && kPlain[static_cast<unsigned char>(text[plain])]) ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const CodePoint point = decode_utf8(text);
    append_escaped(out, point, text.substr(0, point.length));
    text.remove_prefix(point.length);
  }
}

EncodeTally encode_json(const Report& report, std::string& out, std::span<const std::string> labels) {
  // What stands before the value, and behind it.
  using Label = std::pair<std::string, std::string>;
  PointLabels texts([stats = StatNames(report)](const Point& point) {
    Label label;
    append_json_text(label.first, point.metric->name);
    label.first.append("\",\"stat\":\"").append(stats(point)).append("\",\"value\":");
    label.second = ",\"unit\":\"";
    append_json_text(label.second, Report::unit(point));
    label.second += "\"}\n";
    return label;
  });
  std::string line_start;
  const HostIdentity* host_before = nullptr;
  append_start(line_start, report.time_s, report, host_before);

  for (const Event& event : report.events) append_event(event, report, labels, out);
  EncodeTally tally;
  TextWriter writer(out);
  std::string head;
  for (const Subject& subject : report.subjects) {
    if (subject.host.get() != host_before) {
      host_before = subject.host.get();
      line_start.clear();
      append_start(line_start, report.time_s, report, host_before);
    }
    head = line_start;
    append_identity(head, subject.container.get(), labels);
    head += ",\"metric\":\"";
    for (std::size_t i = 0; i < subject.points.size(); ++i) {
      const Point& point = subject.points[i];
      // JSON has no word for infinity.
      if (!std::isfinite(point.value)) {
        ++tally.dropped;
        continue;
      }
      const Label& label = texts.at(i, point);
      writer.put(head);
      writer.put(label.first);
      writer.put_number(point.value);
      writer.put(label.second);
      ++tally.encoded;
    }
  }
  return tally;
}

}  // namespace squid
