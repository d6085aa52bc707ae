#include "sinks/encode/series_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "sinks/encode/escape.h"

namespace squid {

namespace {

// What a container or host must have, however it got lost.
std::string_view required(std::string_view text) {
  return text.empty() ? std::string_view("_") : text;
}

void append_without_dots(std::string& out, std::string_view text) {
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  out.append(text);
  std::replace(out.begin() + start, out.end(), '.', '_');
}

// Of a dot that ends a component; one inside of a field, as in {label:com.example.tier}, does not.
std::size_t find_dot(std::string_view text) {
  bool in_field = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{' || text[i] == '}') in_field = text[i] == '{';
    if (text[i] == '.' && !in_field) return i;
  }
  return std::string_view::npos;
}

std::string_view find_label(const Container& container, const std::string& key) {
  const auto found = container.labels.find(key);
  return found == container.labels.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

bool NameTemplate::has(const Component& component, Field field) {
  return std::any_of(component.begin(), component.end(),
                     [field](const Piece& piece) { return piece.field == field; });
}

Result<NameTemplate::Piece> NameTemplate::parse_field(std::string_view name) {
  constexpr std::string_view kLabelMark = "label:";
  if (name.starts_with(kLabelMark)) return Piece{Field::kLabel, std::string(name.substr(kLabelMark.size()))};
  constexpr auto kFields = std::to_array<std::pair<std::string_view, Field>>({
      {"prefix", Field::kPrefix},
      {"host", Field::kHost},
      {"container", Field::kContainer},
      {"id", Field::kId},
      {"metric", Field::kMetric},
      {"runtime", Field::kRuntime},
      {"pod", Field::kPod},
      {"namespace", Field::kNamespace},
      {"image", Field::kImage},
  });
  std::string known;
  for (const auto& [field_name, field] : kFields) {
    if (field_name == name) return Piece{field, {}};
    known += fmt::format("{{{}}}, ", field_name);
  }
  for (const std::string_view fact : kHostFacts) {
    if (fact == name) return Piece{Field::kFact, std::string(name)};
    known += fmt::format("{{{}}}, ", fact);
  }
  return Error{
      fmt::format("the name template has an unknown field {{{}}}; there are {}{{label:KEY}}", name, known)};
}

Result<NameTemplate::Component> NameTemplate::parse_component(std::string_view text) {
  Component component;
  while (!text.empty()) {
    if (text.front() == '{') {
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos)
        return Error{fmt::format("the name template has a field without an end: '{}'; write {{name}}", text)};
      auto piece = parse_field(text.substr(1, end - 1));
      if (!piece) return piece.error();
      component.push_back(*std::move(piece));
      text.remove_prefix(end + 1);
      continue;
    }
    const std::string_view literal = text.substr(0, text.find('{'));
    for (const char character : literal)
      if (!is_name_character(static_cast<unsigned char>(character)))
        return Error{fmt::format(
            "the name template has '{}', which cannot stand in a name; use letters, digits and _ - : + @ %",
            literal)};
    component.push_back({Field::kLiteral, std::string(literal)});
    text.remove_prefix(literal.size());
  }
  return component;
}

Result<NameTemplate> NameTemplate::parse(std::string_view text) {
  if (text.empty()) text = kDefaultNameTemplate;
  NameTemplate result;
  std::size_t metrics = 0;
  std::optional<std::size_t> by_name;
  std::optional<std::size_t> by_id;
  for (bool more = true; more;) {
    const std::size_t dot = find_dot(text);
    more = dot != std::string_view::npos;
    Result<Component> component = parse_component(text.substr(0, dot));
    if (!component) return component.error();
    if (more) text.remove_prefix(dot + 1);
    if (component->empty()) continue;

    const std::size_t position = result.components_.size();
    if (has(*component, Field::kMetric)) {
      if (component->size() > 1)
        return Error{"in the name template, {metric} must stand alone between two dots"};
      result.metric_ = position;
      ++metrics;
    }
    if (!by_name && has(*component, Field::kContainer)) by_name = position;
    if (!by_id && has(*component, Field::kId)) by_id = position;
    result.components_.push_back(std::move(*component));
  }
  if (metrics != 1)
    return Error{"the name template must have {metric} exactly once, else metrics overwrite each other"};
  if (!by_name && !by_id)
    return Error{"the name template needs {container} or {id}, else containers overwrite each other"};
  result.naming_ = by_name ? *by_name : *by_id;
  return result;
}

NameFrame NameTemplate::render(std::string_view prefix, std::string_view host, const Container* container,
                               std::string_view mark, const HostFacts& facts) const {
  const auto append_field = [&](std::string& out, const Piece& piece) {
    const Field field = piece.field;
    // The dots of these live on: append_path() splits at them.
    if (field == Field::kPrefix) out.append(prefix);
    if (field == Field::kContainer && container != nullptr && !container->series_name.empty())
      return void(out.append(container->series_name));
    if (field == Field::kHost) append_without_dots(out, required(host));
    if (field == Field::kFact) append_without_dots(out, find_fact(facts, piece.literal));
    if (container == nullptr) return;
    if (field == Field::kContainer) append_without_dots(out, required(container->name));
    // The start of a path or a name tells nobody apart.
    if (field == Field::kId)
      append_without_dots(out, required(container->is_group() ? container->id : short_id(container->id)));
    if (field == Field::kRuntime) append_without_dots(out, container->runtime);
    if (field == Field::kPod) append_without_dots(out, container->pod);
    if (field == Field::kNamespace) append_without_dots(out, container->kubernetes_namespace);
    if (field == Field::kImage) append_without_dots(out, container->image);
    if (field == Field::kLabel) append_without_dots(out, find_label(*container, piece.literal));
  };

  NameFrame frame;
  std::string text;
  for (std::size_t i = 0; i < components_.size(); ++i) {
    if (i == metric_) continue;
    text.clear();
    bool has_field = false;
    bool has_value = false;
    for (const Piece& piece : components_[i]) {
      const std::size_t before = text.size();
      if (piece.field == Field::kLiteral) {
        text += piece.literal;
        continue;
      }
      append_field(text, piece);
      has_field = true;
      has_value |= text.size() > before;
    }
    if (has_field && !has_value) continue;

    std::string& side = i < metric_ ? frame.head : frame.tail;
    if (i > metric_) side += '.';
    if (i == naming_ && container != nullptr && container->is_group())
      side.append(group_kind_name(container->group)).append(".");
    append_path(side, text);
    if (i == naming_) side += mark;
    if (i < metric_) side += '.';
  }
  return frame;
}

Result<SeriesNamer> SeriesNamer::of(const SinkConfig& config) {
  if (!config.graphite_tags) {
    auto name_template = NameTemplate::parse(config.name_template);
    if (!name_template) return name_template.error();
    return SeriesNamer(*std::move(name_template), config.prefix);
  }
  if (!config.name_template.empty())
    return Error{"--graphite-tags and --name-template exclude each other: tags have no hierarchy"};
  auto tags = NameTags::of_labels(config.label_tags);
  if (!tags) return tags.error();
  return SeriesNamer(*std::move(tags), config.prefix);
}

void SeriesNamer::begin(const Report& report) {
  report_ = &report;
  owner_.clear();
  told_apart_ = 0;
  told_apart_example_.clear();
}

NameFrame SeriesNamer::render(const Subject& subject, std::string_view mark) const {
  const std::string& prefix = subject.prefix ? *subject.prefix : prefix_;
  return std::visit(
      [&](const auto& style) {
        return style.render(prefix, report_->host_name(subject.host.get()), subject.container.get(), mark,
                            report_->host_facts(subject.host.get()));
      },
      style_);
}

bool SeriesNamer::claim(const NameFrame& frame, std::string_view id) {
  return owner_.try_emplace(text_of(frame), id).first->second == id;
}

std::string SeriesNamer::reserve(const Subject& subject) {
  const NameFrame frame = render(subject, {});
  claim(frame, subject.container->id);
  return text_of(frame);
}

NameFrame SeriesNamer::frame(const Subject& subject) {
  const Container* container = subject.container.get();
  NameFrame frame = render(subject, {});
  if (container == nullptr || claim(frame, container->id)) return frame;

  unsigned attempt = 1;
  do {
    std::string mark = "_";
    append_component(mark, short_id(container->id));
    if (attempt > 1) mark += fmt::format("_{}", attempt);
    frame = render(subject, mark);
    ++attempt;
  } while (!claim(frame, container->id));
  ++told_apart_;
  told_apart_example_ = frame.head + "*" + frame.tail;
  return frame;
}

}  // namespace squid
