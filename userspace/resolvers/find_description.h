// Who a cgroup is, out of what all resolvers together say.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/name_resolver.h"

namespace squid {

using Resolvers = std::span<const std::unique_ptr<NameResolver>>;

// What is longer is cut: whoever may start a container may call it anything.
inline constexpr std::size_t kLongestNameBytes = 4096;

struct Owner {
  NameResolver* resolver = nullptr;  // null: no container
  ContainerMatch match;
};

// A path may belong to containers of several runtimes, one inside of the other: the innermost counts.
Owner find_owner(Resolvers resolvers, std::string_view path);

struct Found {
  NameResolver* resolver = nullptr;
  Description description;
};

// What a runtime told, as it may be shown.
Found within_limits(NameResolver& resolver, const Owner& owner, Description description);

// Asks the owner; where the path shows an id without a runtime's mark and the owner does not know it, the
// others, for the path may have misled.
Result<Found> find_description(Resolvers resolvers, const Owner& owner, std::string_view path);

}  // namespace squid
