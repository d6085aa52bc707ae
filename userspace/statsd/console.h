// Console: what the management console answers to a line, as statsd/statsd does.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "statsd/server.h"

namespace squid::statsd {

class Console {
 public:
  using Config = std::vector<std::pair<std::string, std::string>>;
  // Where reports go to. Unix times, 0 for never.
  struct Backend {
    std::string name;
    std::int64_t last_flush_s = 0;
    std::int64_t last_exception_s = 0;
  };
  using Backends = std::function<std::vector<Backend>()>;

  // `config` is what "config" prints.
  Console(Server& server, Config config, std::int64_t started_s)
      : server_(server), config_(std::move(config)), started_s_(started_s) {}

  void change_config(Config config) { config_ = std::move(config); }
  void show_backends(Backends backends) { backends_ = std::move(backends); }

  // Nothing: the other end wants to leave.
  std::optional<std::string> answer(std::string_view line, std::int64_t now_s);

 private:
  std::string describe_health(const std::vector<std::string_view>& words);
  std::string describe_stats(std::int64_t now_s) const;
  std::string describe_config() const;
  std::string describe(MetricType type) const;
  std::string forget(MetricType type, const std::vector<std::string_view>& words);

  Server& server_;
  Config config_;
  Backends backends_;
  std::int64_t started_s_;
  bool healthy_ = true;
};

}  // namespace squid::statsd
