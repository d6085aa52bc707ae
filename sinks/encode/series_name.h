// Series names for sinks with hierarchical names: a template such as
//   {prefix}.{host}.{container}.{metric}
// where {metric} is the metric with its stat, as in cpu.percent_of_core.mean. Dots make the hierarchy, and
// only those of the template, of the prefix and of the metric do: in a host's or container's name they become
// `_`, so that such a name is one component whatever it holds (escape.h). Only where rewriting rules are in
// use, a container's name may be several components.
//
// A component whose fields are all empty is left out together with its dot. That is how squid-bpf's own
// metrics, which belong to no container, become prefix.host.squid.pass.count.
//
// A group of containers has its kind as one component more, before the one that names it: a pod is
// prefix.host.pod.prod_shop-0.cpu.total.mean, and no pattern for containers is one for groups.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/report.h"
#include "core/result.h"
#include "core/sink.h"
#include "sinks/encode/name_frame.h"
#include "sinks/encode/name_tags.h"

namespace squid {

inline constexpr std::string_view kDefaultNameTemplate = "{prefix}.{host}.{container}.{metric}";

class NameTemplate {
 public:
  // Empty text is the default template.
  static Result<NameTemplate> parse(std::string_view text);

  // `mark` tells containers apart that would otherwise have equal names: it ends the component that names
  // them.
  NameFrame render(std::string_view prefix, std::string_view host, const Container* container,
                   std::string_view mark, const HostFacts& facts = {}) const;

 private:
  enum class Field : std::uint8_t {
    kLiteral,
    kPrefix,
    kHost,
    kContainer,
    kId,
    kMetric,
    kRuntime,
    kPod,
    kNamespace,
    kImage,
    kFact,
    kLabel
  };
  struct Piece {
    Field field;
    std::string literal;  // of a label or fact its key
  };
  using Component = std::vector<Piece>;

  static Result<Piece> parse_field(std::string_view name);
  static Result<Component> parse_component(std::string_view text);
  static bool has(const Component& component, Field field);

  std::vector<Component> components_;
  std::size_t metric_ = 0;  // the component that is {metric}
  std::size_t naming_ = 0;  // the component that tells containers apart
};

// Names the subjects of one report after the other, no two containers alike.
class SeriesNamer {
 public:
  using Style = std::variant<NameTemplate, NameTags>;

  SeriesNamer(Style style, std::string prefix) : style_(std::move(style)), prefix_(std::move(prefix)) {}
  // As --name-template, --graphite-tags and --label-tags want it.
  static Result<SeriesNamer> of(const SinkConfig& config);

  void begin(const Report& report);
  // Of a subject of that report. The later one of two equal names gets `_<short id>` behind it. Two lives of
  // one container are one series.
  NameFrame frame(const Subject& subject);
  // What it is called if nobody else is; the same text for equal names.
  std::string plain_name(const Subject& subject) const { return text_of(render(subject, {})); }
  // That name is for this container, if it is still free.
  std::string reserve(const Subject& subject);

  // Of the report so far: how many had to be told apart, and what the last of them is called.
  std::uint64_t told_apart() const { return told_apart_; }
  const std::string& told_apart_example() const { return told_apart_example_; }

 private:
  NameFrame render(const Subject& subject, std::string_view mark) const;
  // The metric between both never holds a space.
  static std::string text_of(const NameFrame& frame) { return frame.head + ' ' + frame.tail; }
  bool claim(const NameFrame& frame, std::string_view id);

  Style style_;
  std::string prefix_;
  std::uint64_t told_apart_ = 0;
  std::string told_apart_example_;
  const Report* report_ = nullptr;
  boost::unordered_flat_map<std::string, std::string_view> owner_;  // id of the container that has the name
};

}  // namespace squid
