// FakeOrigins: knows senders by heart, and what it was asked.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "statsd/origin.h"

namespace squid::statsd {

inline OriginSource::Answer origin_named(std::string_view name, std::string_view id = "0123456789abcdef") {
  auto container = std::make_shared<Container>();
  container->id = id;
  container->name = name;
  return std::make_shared<const Origin>(make_origin(std::move(container)));
}

class FakeOrigins : public OriginSource {
 public:
  std::unique_ptr<SenderFinder> make_finder() override { return std::make_unique<Finder>(*this); }
  Answer find_by_cgroup(std::uint64_t cgroup) override { return find(by_cgroup, cgroup); }
  Answer find_by_process(pid_t process) override { return find(by_process, process); }
  const std::vector<SourceAddress>& asked() const { return asked_; }

  std::map<std::uint16_t, std::uint64_t> cgroup_by_port;  // in network order
  std::map<std::uint64_t, Answer> by_cgroup;
  std::map<pid_t, Answer> by_process;

 private:
  struct Finder : SenderFinder {
    explicit Finder(FakeOrigins& to_ask) : origins(to_ask) {}
    std::uint64_t find_cgroup(const SourceAddress& source) override {
      origins.asked_.push_back(source);
      const auto known = origins.cgroup_by_port.find(source.port);
      return known == origins.cgroup_by_port.end() ? 0 : known->second;
    }
    FakeOrigins& origins;
  };

  template <typename Key>
  static Answer find(const std::map<Key, Answer>& known, Key key) {
    const auto found = known.find(key);
    return found == known.end() ? nullptr : found->second;
  }

  std::vector<SourceAddress> asked_;
};

}  // namespace squid::statsd
