// Any path as a cgroup's: whoever may make cgroups chooses their names. What is taken for a container must
// carry its id in the path, and no mode lets a nested cgroup pass for a container.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/require.h"
#include "resolvers/container_directory.h"
#include "resolvers/container_match.h"

namespace {

using namespace squid;

constexpr CgroupId kAnyLife = CgroupId::of(0, 1);

class Resolver : public NameResolver {
 public:
  std::string_view runtime() const override { return "docker"; }
  std::optional<ContainerMatch> match(std::string_view path) const override {
    return match_container(path, runtime());
  }
  Result<Description> describe(const std::string&, std::string_view) override {
    return Error{"nobody knows"};
  }
};

ContainerDirectory directory(ContainerDirectory::Mode mode) {
  std::vector<std::unique_ptr<NameResolver>> resolvers;
  resolvers.push_back(std::make_unique<Resolver>());
  return {std::move(resolvers), {.mode = mode}};
}

void check_match(std::string_view path, const ContainerMatch& match) {
  require(match.id.size() == 64);
  require(std::all_of(match.id.begin(), match.id.end(),
                      [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }));
  while (path.ends_with('/')) path.remove_suffix(1);
  const auto last = path.substr(path.rfind('/') + 1);
  require(path.find(match.id) != std::string_view::npos);
  require(match.nested || last.find(match.id) != std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string copy(data, data + size);
  const std::string_view path = copy;
  const auto match = match_container(path, "docker");
  if (match) check_match(path, *match);

  const bool is_container = match && !match->nested;
  ContainerDirectory containers = directory(ContainerDirectory::Mode::kContainers);
  const auto admitted = containers.admit(path, kAnyLife);
  require(!admitted || is_container);
  require(!admitted || (admitted->id == match->id && admitted->cgroup_path == path));
  ContainerDirectory all = directory(ContainerDirectory::Mode::kAll);
  const auto any = all.admit(path, kAnyLife);
  require(any != nullptr || path.ends_with(".mount"));
  require(directory(ContainerDirectory::Mode::kNone).admit(path, kAnyLife) == nullptr);
  return 0;
}
