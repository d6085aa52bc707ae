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

}  // namespace

bool NameTemplate::has(const Component& component, Field field) {
  return std::any_of(component.begin(), component.end(),
                     [field](const Piece& piece) { return piece.field == field; });
}

Result<NameTemplate::Field> NameTemplate::parse_field(std::string_view name) {
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
    if (field_name == name) return field;
    known += fmt::format("{}{{{}}}", known.empty() ? "" : ", ", field_name);
  }
  return Error{fmt::format("the name template has an unknown field {{{}}}; there are {}", name, known)};
}

Result<NameTemplate::Component> NameTemplate::parse_component(std::string_view text) {
  Component component;
  while (!text.empty()) {
    if (text.front() == '{') {
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos)
        return Error{fmt::format("the name template has a field without an end: '{}'; write {{name}}", text)};
      const Result<Field> field = parse_field(text.substr(1, end - 1));
      if (!field) return field.error();
      component.push_back({*field, {}});
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
    const std::size_t dot = text.find('.');
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
                               std::string_view mark) const {
  const auto append_field = [&](std::string& out, Field field) {
    // The only dots that live on: append_path() splits at them.
    if (field == Field::kPrefix) out.append(prefix);
    if (field == Field::kHost) append_without_dots(out, required(host));
    if (container == nullptr) return;
    if (field == Field::kContainer) append_without_dots(out, required(container->name));
    if (field == Field::kId) append_without_dots(out, required(short_id(container->id)));
    if (field == Field::kRuntime) append_without_dots(out, container->runtime);
    if (field == Field::kPod) append_without_dots(out, container->pod);
    if (field == Field::kNamespace) append_without_dots(out, container->kubernetes_namespace);
    if (field == Field::kImage) append_without_dots(out, container->image);
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
      text += piece.literal;
      if (piece.field == Field::kLiteral) continue;
      append_field(text, piece.field);
      has_field = true;
      has_value |= text.size() > before;
    }
    if (has_field && !has_value) continue;

    std::string& side = i < metric_ ? frame.head : frame.tail;
    if (i > metric_) side += '.';
    append_path(side, text);
    if (i == naming_) side += mark;
    if (i < metric_) side += '.';
  }
  return frame;
}

void SeriesNamer::begin(const Report& report) {
  host_ = report.host;
  owner_.clear();
}

bool SeriesNamer::claim(const NameFrame& frame, std::string_view id) {
  // The metric between both never holds a space.
  std::string name = frame.head + ' ' + frame.tail;
  return owner_.try_emplace(std::move(name), id).first->second == id;
}

NameFrame SeriesNamer::frame(const Subject& subject) {
  const Container* container = subject.container.get();
  NameFrame frame = template_.render(prefix_, host_, container, {});
  if (container == nullptr) return frame;

  for (unsigned attempt = 1; !claim(frame, container->id); ++attempt) {
    std::string mark = "_";
    append_component(mark, short_id(container->id));
    if (attempt > 1) mark += fmt::format("_{}", attempt);
    frame = template_.render(prefix_, host_, container, mark);
  }
  return frame;
}

}  // namespace squid
