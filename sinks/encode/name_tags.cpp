#include "sinks/encode/name_tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sinks/encode/escape.h"

namespace squid {
namespace {

constexpr auto kOwnTags =
    std::to_array<std::string_view>({"name", "container", "host", "image", "namespace", "pod", "runtime"});

void append_tag(std::string& out, std::string_view tag, std::string_view value, std::string_view mark = {}) {
  if (value.empty()) return;
  out.append(";").append(tag).append("=");
  append_tag_text(out, value);
  out.append(mark);
}

void append_facts(NameFrame& frame, const HostFacts& facts) {
  for (const auto& [name, value] : facts) append_tag(frame.tail, name, value);
}

}  // namespace

Result<NameTags> NameTags::of_labels(const std::vector<std::string>& keys) {
  NameTags result;
  for (const std::string& key : keys) {
    const bool is_ours = std::ranges::find(kOwnTags, key) != kOwnTags.end();
    std::string tag = is_ours ? "label_" : "";
    append_tag_text(tag, key);
    for (const Label& other : result.labels_)
      if (other.tag == tag)
        return Error{
            fmt::format("--label-tags: '{}' and '{}' would both be the tag '{}'", other.key, key, tag)};
    result.labels_.push_back({key, std::move(tag)});
  }
  return result;
}

void NameTags::append_group(NameFrame& frame, std::string_view host, const Container& group,
                            std::string_view mark) {
  const std::string_view kind = group_kind_name(group.group);
  const bool is_pod = group.group == GroupKind::kPod;
  frame.head.append(kind).append(".");
  append_tag(frame.tail, "host", host.empty() ? "_" : host);
  append_tag(frame.tail, "namespace", group.kubernetes_namespace);
  append_tag(frame.tail, kind, is_pod ? group.pod : group.name, mark);
  append_tag(frame.tail, "runtime", group.runtime);
}

NameFrame NameTags::render(std::string_view prefix, std::string_view host, const Container* container,
                           std::string_view mark, const HostFacts& facts) const {
  NameFrame frame;
  if (!prefix.empty()) append_path(frame.head, prefix);
  if (!prefix.empty()) frame.head += '.';
  if (container != nullptr && container->is_group()) {
    append_group(frame, host, *container, mark);
    append_facts(frame, facts);
    return frame;
  }
  if (container != nullptr) {
    const std::string& name = container->series_name.empty() ? container->name : container->series_name;
    append_tag(frame.tail, "container", name.empty() ? "_" : std::string_view(name), mark);
  }
  append_tag(frame.tail, "host", host.empty() ? "_" : host);
  append_facts(frame, facts);
  if (container == nullptr) return frame;
  append_tag(frame.tail, "image", container->image);
  append_tag(frame.tail, "namespace", container->kubernetes_namespace);
  append_tag(frame.tail, "pod", container->pod);
  append_tag(frame.tail, "runtime", container->runtime);
  for (const Label& label : labels_)
    if (const auto found = container->labels.find(label.key);
        found != container->labels.end() && find_fact(facts, label.tag).empty())
      append_tag(frame.tail, label.tag, found->second);
  return frame;
}

}  // namespace squid
