// HashRing: which of several servers has a series, as carbon's relay decides it with RELAY_METHOD =
// consistent-hashing: MD5 (carbon_ch), and 100 places for each server on a ring of 65536. The same servers in
// the same order give the same answers as there, so that squid-bpf can take the place of a relay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

struct evp_md_ctx_st;  // OpenSSL's

namespace squid {

class HashRing {
 public:
  // What carbon knows a server by: its port does not count.
  struct Node {
    std::string host;
    std::string instance;  // empty: it has none
    friend bool operator==(const Node&, const Node&) = default;
  };

  // At least one node, all different. An error where OpenSSL has no MD5.
  static Result<HashRing> of(const std::vector<Node>& nodes);

  // Position of the node in what the ring was made of.
  std::size_t server_of(std::string_view name) const;

 private:
  struct Place {
    std::uint32_t position;
    std::uint32_t server;
  };
  struct FreeDigest {
    void operator()(evp_md_ctx_st* digest) const;
  };

  HashRing();
  std::uint32_t position_of(std::string_view key) const;
  void add(const Node& node, std::uint32_t server);
  // The first place there or behind it.
  std::vector<Place>::const_iterator find_place(std::uint32_t position) const;

  std::unique_ptr<evp_md_ctx_st, FreeDigest> digest_;
  std::vector<Place> places_;  // in order, no two at one position
};

}  // namespace squid
