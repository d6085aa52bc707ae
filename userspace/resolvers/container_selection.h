// ContainerSelection: which containers are told of, by --include and --exclude. Pure: it judges what is known
// of a container, once when that becomes known; the sampling never asks.
//
// A pattern is [FIELD=]TEXT, where TEXT is a glob for the whole value (* and ?) or, between slashes, a
// regular expression for any part of it. Without a field it is for the name. What a container does not have
// matches nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/container.h"
#include "core/result.h"

namespace re2 {
class RE2;
}

namespace squid {

class ContainerPattern {
 public:
  static constexpr std::size_t kLongestBytes = 4096;

  // The error is one sentence without the name of the option.
  static Result<ContainerPattern> parse(std::string_view pattern);
  bool matches(const Container& container) const;
  // Is it about what a pod has as well, its name or namespace?
  bool is_of_pods() const { return field_ == Field::kPod || field_ == Field::kNamespace; }

 private:
  enum class Field : std::uint8_t { kName, kId, kImage, kRuntime, kPod, kNamespace, kLabel };

  ContainerPattern() = default;
  static Result<ContainerPattern> parse_field(std::string_view pattern, std::string_view& text);
  const std::string* find_value(const Container& container) const;

  Field field_ = Field::kName;
  std::string label_;
  bool anywhere_ = false;
  std::shared_ptr<const re2::RE2> expression_;  // none: it is enough that there is a value
};

class ContainerSelection {
 public:
  static constexpr std::size_t kMostPatterns = 256;  // of each kind

  // Without patterns: everyone.
  static Result<ContainerSelection> parse(const std::vector<std::string>& include,
                                          const std::vector<std::string>& exclude);
  // Whom no `exclude` matches, and if there are any, at least one `include`.
  bool admits(const Container& container) const;
  // The same for the sums of a pod: by those patterns only that are of pods.
  bool admits_pod(const Container& pod) const;

 private:
  std::vector<ContainerPattern> include_;
  std::vector<ContainerPattern> exclude_;
};

}  // namespace squid
