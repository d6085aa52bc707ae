// FakeOrigins: knows senders by heart, and what it was asked.
#pragma once

#include <map>
#include <vector>

#include "statsd/origin.h"

namespace squid::statsd {

class FakeOrigins : public OriginSource {
 public:
  Answer find_by_address(const SourceAddress& source) override {
    asked_.push_back(source);
    const auto known = by_port.find(source.port);
    return known == by_port.end() ? nullptr : known->second;
  }
  Answer find_by_process(pid_t process) override {
    const auto known = by_process.find(process);
    return known == by_process.end() ? nullptr : known->second;
  }
  const std::vector<SourceAddress>& asked() const { return asked_; }

  static Answer named(std::string_view name) {
    return std::make_shared<const Origin>(make_origin("0123", name, ""));
  }

  std::map<std::uint16_t, Answer> by_port;  // in network order
  std::map<pid_t, Answer> by_process;

 private:
  std::vector<SourceAddress> asked_;
};

}  // namespace squid::statsd
