#include "resolvers/find_description.h"

#include <cerrno>
#include <utility>

#include "resolvers/cgroup_path.h"

namespace squid {
namespace {

void limit(std::string& text) {
  if (text.size() > kLongestNameBytes) text.resize(kLongestNameBytes);
}

}  // namespace

Found within_limits(NameResolver& resolver, const Owner& owner, Description description) {
  Container& container = description.container;
  for (std::string* text :
       {&container.name, &container.image, &container.pod, &container.kubernetes_namespace})
    limit(*text);
  if (container.pod.empty()) container.pod = owner.match.pod;
  return {&resolver, std::move(description)};
}

Owner find_owner(Resolvers resolvers, std::string_view path) {
  Owner outer;
  for (const auto& resolver : resolvers) {
    auto match = resolver->match(path);
    if (!match) continue;
    // A container that runs inside of another runtime's container is one all the same.
    const bool nested = match->nested;
    if (!nested || outer.resolver == nullptr) outer = Owner{resolver.get(), std::move(*match)};
    if (!nested) return outer;
  }
  return outer;
}

Result<Found> find_description(Resolvers resolvers, const Owner& owner, std::string_view path) {
  const std::string& id = owner.match.id;
  auto described = owner.resolver->describe(id, path);
  if (described) return within_limits(*owner.resolver, owner, *std::move(described));
  const bool bare = is_container_id(id) && path.find("/" + id) != std::string_view::npos;
  if (described.error().code != ENOENT || !bare) return described.error();
  for (const auto& resolver : resolvers) {
    if (resolver.get() == owner.resolver) continue;
    auto other = resolver->describe(id, path);
    const bool knows = other && (other->serves_pod || !other->container.name.empty());
    if (knows) return within_limits(*resolver, owner, *std::move(other));
  }
  return described.error();
}

}  // namespace squid
