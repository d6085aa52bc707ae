// Reload: SIGHUP has the configuration read anew. All that it changes is made first; only when nothing of it
// is wrong, it replaces what is there, at once and without a way to fail. Otherwise nothing changes, and one
// line in the log says why.
//
// Sources stay open, because the right to open them was given up: what they would need is said to need a
// restart (config/option_changes.h).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "aggregate/stat_plan.h"
#include "config/option_changes.h"
#include "core/cgroup_roster.h"
#include "pipeline/pipeline.h"
#include "pipeline/service_manager.h"
#include "pipeline/sink_set.h"
#include "pipeline/statsd_service.h"
#include "pipeline/terminal.h"
#include "resolvers/container_directory.h"

namespace squid {

class Reload {
 public:
  struct Parts {
    Pipeline& pipeline;
    SinkSet& sinks;
    Sampler& sampler;
    ContainerDirectory& directory;
    CgroupRoster& roster;
    StatsdService* statsd;  // null: there is none
  };
  using ReadOptions = std::function<Result<Options>()>;

  // Until a Reload waits for it, and from its end on, SIGHUP waits, so that it never kills.
  static void hold_signal();

  Reload(boost::asio::io_context& io, Options running, ReadOptions read, Parts parts);
  Reload(const Reload&) = delete;
  Reload& operator=(const Reload&) = delete;
  ~Reload();

  // From now on SIGHUP is heard.
  void begin(ServiceManager& manager);
  // False: it was refused, and nothing is changed.
  bool run();

  void fill(SelfMetrics& self) const;
  void fill(Status& status) const;

 private:
  struct Prepared;

  void wait(ServiceManager& manager);
  Result<Prepared> prepare() const;
  void apply(Prepared prepared);

  boost::asio::io_context& io_;
  boost::asio::signal_set signals_;
  Terminal terminal_;
  Options running_;
  ReadOptions read_;
  Parts parts_;
  std::uint64_t succeeded_ = 0;
  std::uint64_t failed_ = 0;
  std::chrono::nanoseconds last_{};  // steady; zero: none yet
  std::string last_error_;
};

}  // namespace squid
