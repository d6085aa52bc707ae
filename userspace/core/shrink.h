// What a burst has grown: tables by slot, of which most is in use no more.
#pragma once

#include <cstddef>
#include <vector>

namespace squid {

// So much is not worth the work.
inline constexpr std::size_t kSpareSlots = 1024;

// Whether a table that has room for `slots` is given back but for the `used` first ones.
constexpr bool is_much_too_large(std::size_t slots, std::size_t used) {
  return slots > 4 * used + kSpareSlots;
}

// Gives the room behind the elements back.
template <typename T>
void give_back_room(std::vector<T>& table) {
  if (is_much_too_large(table.capacity(), table.size())) table.shrink_to_fit();
}

}  // namespace squid
