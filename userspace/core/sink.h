// Sink: where reports go. Two functions, one file, one registration (see sinks/README.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/registry.h"
#include "core/report.h"
#include "core/result.h"

namespace boost::asio {
class io_context;
}

namespace squid {

// At every instant: produced + recovered = delivered + queued + spooled + dropped.
struct SinkHealth {
  std::uint64_t produced_reports = 0;   // encoded and handed to the queue
  std::uint64_t recovered_reports = 0;  // left on disk by an earlier process, or sink
  std::uint64_t sent_reports = 0;       // written, repeats included
  std::uint64_t delivered_reports = 0;  // confirmed by the other end, and not given up
  std::uint64_t queued_reports = 0;     // wait in memory only
  std::uint64_t queued_bytes = 0;
  std::uint64_t spooled_reports = 0;  // wait on disk
  std::uint64_t spooled_bytes = 0;
  double oldest_age_s = 0;    // of the oldest of those that wait
  std::uint64_t retried = 0;  // connections or writes that were tried again

  std::uint64_t dropped_reports = 0;     // the sum of these:
  std::uint64_t dropped_too_large = 0;   // one alone is larger than the memory for all
  std::uint64_t dropped_queue_full = 0;  // memory was full, and there was no disk to use
  std::uint64_t dropped_spool_full = 0;  // the limit on disk was reached
  std::uint64_t dropped_damaged = 0;     // could not be read back from disk
  std::uint64_t dropped_rejected = 0;    // the other end never takes it
  std::uint64_t dropped_unread = 0;      // confirmed again and again, and perhaps never read

  std::uint64_t dropped_points = 0;  // values this sink cannot carry
  std::uint64_t refused = 0;         // parts of delivered reports that the server will never take
  // Containers of the last report whose names were equal to another one's, and what one of them is called
  // now.
  std::uint64_t told_apart = 0;
  std::string told_apart_example;
  std::int64_t last_delivery_s = 0;  // Unix time; 0: there was none
  std::int64_t last_failure_s = 0;   // the same
  std::uint64_t spool_errors = 0;    // failed writes to the spool; those reports stayed in memory
  bool is_over = false;              // the other end is gone, and cannot come back
  bool keeps_reports = false;  // those that wait at the end of the process are sent after the next start
  std::string last_error;      // why reports do not get through; empty while they do
  std::string spool_error;     // why nothing can be kept on disk; empty while it can
  std::string refused_path;    // where what was refused is kept for people; empty until there is some
};

// A statistic of a metric of the table.
struct StatNeed {
  std::string_view metric;
  Stat stat;
  bool operator==(const StatNeed&) const = default;
};

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  // Takes the report and returns at once, whatever state the other end is in.
  virtual void deliver(std::shared_ptr<const Report> report) = 0;
  virtual SinkHealth health() const = 0;
  // Where a sink has several servers: each by its address. health() is their sum then.
  virtual std::vector<std::pair<std::string, SinkHealth>> health_by_server() const { return {}; }
  // What it cannot do without, whatever --stats says: in Subject::points, or else in Subject::extras.
  virtual std::vector<StatNeed> needs() const { return {}; }
  // No further report comes: what was held back for one goes out.
  virtual void finish() {}
  // The end of it: what is not delivered is left on disk. How many reports are not there, and lost.
  virtual std::uint64_t close() { return health().queued_reports; }
};

// Where a sink may keep on disk what it cannot deliver; nowhere without a directory.
struct SpoolPlace {
  std::string directory;
  std::size_t limit_bytes = 0;
  bool newest_first = false;  // in which order goes out what waits, on disk or in memory

  bool operator==(const SpoolPlace&) const = default;
};

// What one --sink asks for itself, of whatever kind it is.
struct SinkScope {
  std::vector<std::string> allow;  // globs of metrics, with or without their statistic; empty: all of them
  std::vector<std::string> deny;
  std::string host;                      // instead of --host
  HostFacts facts;                       // sorted
  std::chrono::nanoseconds interval{0};  // between two reports; 0: --flush

  bool is_everything() const { return *this == SinkScope{}; }
  bool operator==(const SinkScope&) const = default;
};

struct SinkConfig {
  std::string address;        // what stands behind "name:" in --sink, may be empty
  std::string prefix;         // --prefix
  std::string name_template;  // --name-template, for sinks with hierarchical names
  std::string names = "all";  // --names, for sinks that have a choice
  std::size_t queue_bytes = 0;
  bool graphite_tags = false;           // --graphite-tags
  std::vector<std::string> label_tags;  // --label-tags, for sinks with tags
  SpoolPlace spool;
  SinkScope scope;  // sinks need not look at it

  bool operator==(const SinkConfig&) const = default;
};

struct SinkKind {
  using Factory = std::function<Result<std::unique_ptr<Sink>>(const SinkConfig&, boost::asio::io_context&)>;
  std::string name;
  std::string usage;  // how to write it behind --sink
  std::string help;
  Factory make;
  bool takes_any_order = false;  // the server need not get reports in the order of their time
};

using SinkRegistry = Registry<SinkKind>;

}  // namespace squid
