// Any bytes as the kernel's answer about network interfaces: nothing beyond their end is read.
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>

#include "interfaces/link_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto copy = std::make_unique<std::byte[]>(size);
  std::transform(data, data + size, copy.get(), [](unsigned char byte) { return std::byte{byte}; });
  const std::span<const std::byte> bytes(copy.get(), size);
  const squid::LinkAnswer answer = squid::parse_links(bytes, 1);
  if (answer.error != 0 && !answer.complete) std::abort();
  const auto id = squid::parse_namespace_id(bytes, 1);
  if (id && *id < 0) std::abort();
  return 0;
}
