#include "sinks/graphite_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace squid {
namespace {

// carbon's own word, of RELAY_METHOD.
constexpr std::string_view kConsistentHashing = "consistent-hashing";

struct Destination {
  HostPort server;
  std::string instance;
};

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t comma = text.find(','); comma != std::string_view::npos; comma = text.find(',')) {
    parts.push_back(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  parts.push_back(text);
  return parts;
}

bool is_instance(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

// host:port, or host:port:instance as carbon's DESTINATIONS have it.
Result<Destination> parse_destination(std::string_view text, const HostPort& fallback) {
  const std::size_t host_end = text.starts_with('[') ? text.find(']') : text.find(':');
  const std::size_t port = text.find(':', std::min(host_end, text.size()));
  const std::size_t mark = port == std::string_view::npos ? port : text.find(':', port + 1);
  const auto server = parse_host_port(text.substr(0, mark), fallback);
  // About all of it: what was taken for an instance may be the end of an IPv6 address.
  if (!server) return parse_host_port(text, fallback).error();
  if (mark == std::string_view::npos) return Destination{*server, {}};
  const std::string_view instance = text.substr(mark + 1);
  if (!is_instance(instance))
    return Error{fmt::format(
        "'{}' has no instance behind its port; write host:port:a with letters, digits, _ or -", text)};
  return Destination{*server, std::string(instance)};
}

Result<std::vector<Destination>> parse_destinations(std::string_view text, const HostPort& fallback) {
  const std::vector<std::string_view> parts = split_at_commas(text);
  if (parts.size() > kMostGraphiteServers)
    return Error{
        fmt::format("there are {} servers; one sink has at most {}", parts.size(), kMostGraphiteServers)};
  std::vector<Destination> destinations;
  for (const std::string_view part : parts) {
    if (part.empty() && parts.size() > 1)
      return Error{fmt::format("'{}' has a comma without a server; write host:port,host:port", text)};
    auto destination = parse_destination(part, fallback);
    if (!destination) return destination.error();
    destinations.push_back(*std::move(destination));
  }
  return destinations;
}

Result<bool> wants_hashing(const UrlOptions& options) {
  const std::string* relay = options.find("relay");
  if (relay != nullptr && *relay != kConsistentHashing)
    return Error{
        fmt::format("there is no relay '{}'; write relay={}, or leave it out and every server gets all",
                    *relay, kConsistentHashing)};
  return relay != nullptr;
}

Result<HashRing> make_ring(const std::vector<Destination>& destinations) {
  std::vector<HashRing::Node> nodes;
  for (const auto& [server, instance] : destinations) {
    const HashRing::Node node{server.host, instance};
    if (std::ranges::find(nodes, node) != nodes.end())
      return Error{
          fmt::format("carbon's hashing does not look at ports, so '{}' would be there twice; write "
                      "host:port:a and host:port:b, as in carbon's DESTINATIONS",
                      server.host)};
    nodes.push_back(node);
  }
  return HashRing::of(nodes);
}

}  // namespace

Result<GraphiteAddress> parse_graphite_address(std::string_view text, std::uint16_t default_port) {
  GraphiteAddress address;
  const std::size_t question = std::min(text.find('?'), text.size());
  auto options = UrlOptions::parse(text.substr(std::min(question + 1, text.size())));
  if (!options) return options.error();
  address.options = *std::move(options);
  const auto hashed = wants_hashing(address.options);
  if (!hashed) return hashed.error();

  const auto destinations = parse_destinations(text.substr(0, question), {"localhost", default_port});
  if (!destinations) return destinations.error();
  for (const auto& [server, instance] : *destinations) {
    if (!*hashed && !instance.empty())
      return Error{
          fmt::format("the instance '{}' means something only with ?relay={}", instance, kConsistentHashing)};
    if (std::ranges::find(address.servers, server) != address.servers.end())
      return Error{fmt::format("{} is there twice", server.text())};
    address.servers.push_back(server);
  }
  if (!*hashed) return address;
  auto ring = make_ring(*destinations);
  if (!ring) return ring.error();
  address.ring = *std::move(ring);
  return address;
}

}  // namespace squid
