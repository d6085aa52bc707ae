// Sink: where reports go. Two functions, one file, one registration (see sinks/README.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/registry.h"
#include "core/report.h"
#include "core/result.h"

namespace boost::asio {
class io_context;
}

namespace squid {

struct SinkHealth {
  std::uint64_t delivered_reports = 0;
  std::uint64_t retried = 0;          // connections or writes that were tried again
  std::uint64_t dropped_reports = 0;  // given up because a limit was reached
  std::uint64_t dropped_points = 0;   // values this sink cannot carry
  std::uint64_t refused = 0;          // parts of reports that the server will never take
  std::uint64_t queued_reports = 0;
  std::uint64_t queued_bytes = 0;
  // Containers of the last report whose names were equal to another one's, and what one of them is called
  // now.
  std::uint64_t told_apart = 0;
  std::string told_apart_example;
  std::string last_error;  // why reports do not get through; empty while they do
};

// A statistic of a metric of the table.
struct StatNeed {
  std::string_view metric;
  Stat stat;
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
  // What it cannot do without, whatever --stats says: in Subject::points, or else in Subject::extras.
  virtual std::vector<StatNeed> needs() const { return {}; }
};

struct SinkConfig {
  std::string address;        // what stands behind "name:" in --sink, may be empty
  std::string prefix;         // --prefix
  std::string name_template;  // --name-template, for sinks with hierarchical names
  std::size_t queue_bytes = 0;
  bool graphite_tags = false;           // --graphite-tags
  std::vector<std::string> label_tags;  // --label-tags, for sinks with tags
};

struct SinkKind {
  using Factory = std::function<Result<std::unique_ptr<Sink>>(const SinkConfig&, boost::asio::io_context&)>;
  std::string name;
  std::string usage;  // how to write it behind --sink
  std::string help;
  Factory make;
};

using SinkRegistry = Registry<SinkKind>;

}  // namespace squid
