#include "sinks/encode/hash_ring.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace squid {
namespace {

constexpr unsigned kPlacesOfEach = 100;

// As Python shows the tuple that carbon hashes. Neither part holds a quotation mark or a backslash.
std::string python_text(const HashRing::Node& node) {
  return node.instance.empty() ? fmt::format("('{}', None)", node.host)
                               : fmt::format("('{}', '{}')", node.host, node.instance);
}

}  // namespace

void HashRing::FreeDigest::operator()(evp_md_ctx_st* digest) const {
  EVP_MD_CTX_free(digest);
}

HashRing::HashRing() : digest_(EVP_MD_CTX_new()) {}

Result<HashRing> HashRing::of(const std::vector<Node>& nodes) {
  HashRing ring;
  if (EVP_DigestInit_ex(ring.digest_.get(), EVP_md5(), nullptr) != 1)
    return Error{"carbon's hashing needs MD5, which the OpenSSL of this host does not have"};
  for (std::uint32_t server = 0; server < nodes.size(); ++server) ring.add(nodes[server], server);
  return ring;
}

std::uint32_t HashRing::position_of(std::string_view key) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  // With the digest that it had before.
  EVP_DigestInit_ex(digest_.get(), nullptr, nullptr);
  EVP_DigestUpdate(digest_.get(), key.data(), key.size());
  EVP_DigestFinal_ex(digest_.get(), hash.data(), nullptr);
  return hash[0] * 256U + hash[1];
}

std::vector<HashRing::Place>::const_iterator HashRing::find_place(std::uint32_t position) const {
  return std::partition_point(places_.begin(), places_.end(),
                              [position](const Place& place) { return place.position < position; });
}

void HashRing::add(const Node& node, std::uint32_t server) {
  const std::string text = python_text(node);
  for (unsigned i = 0; i < kPlacesOfEach; ++i) {
    std::uint32_t position = position_of(fmt::format("{}:{}", text, i));
    auto place = find_place(position);
    // Who comes later takes the next that is free, also beyond the end of the ring.
    for (; place != places_.end() && place->position == position; ++place) ++position;
    places_.insert(place, {position, server});
  }
}

std::size_t HashRing::server_of(std::string_view name) const {
  const auto place = find_place(position_of(name));
  return place == places_.end() ? places_.front().server : place->server;
}

}  // namespace squid
