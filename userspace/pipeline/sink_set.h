// SinkSet: the sinks that get every report, and those that a reload has ended while they still had something
// to deliver. Sinks are made without effects (net/sink_link.h), so that they can be replaced all at once or
// not at all.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/sink.h"
#include "pipeline/self_report.h"
#include "pipeline/sink_plan.h"
#include "pipeline/sink_warnings.h"

namespace squid {

class SinkSet {
 public:
  struct Member {
    SinkPlan plan;
    std::shared_ptr<Sink> sink;
    bool skips_first = false;  // the report in the making lacks what the sink needs
  };
  using Members = std::vector<Member>;

  explicit SinkSet(boost::asio::io_context& io, Members members = {})
      : timer_(io), members_(std::move(members)) {}
  SinkSet(const SinkSet&) = delete;
  SinkSet& operator=(const SinkSet&) = delete;

  // As planned: those that run with the same settings already, and new ones for the others.
  Result<Members> prepare(boost::asio::io_context& io, std::vector<SinkPlan> plans) const;
  // Who is not among them any more gets as long to deliver the rest as at the end of the process. Only who
  // has a place on disk that one of them needs leaves the rest there at once.
  void replace(Members members);

  // A new sink begins with the first report that has all it needs.
  void deliver(const std::shared_ptr<const Report>& report);
  const Members& members() const { return members_; }
  std::vector<SelfReport::NamedHealth> health() const;
  // The same, and behind a sink with several servers those, indented.
  std::vector<SelfReport::NamedHealth> health_by_server() const;
  // Reports of sinks that were ended before they had delivered them, and had no place on disk for them.
  std::uint64_t lost_reports() const { return lost_reports_; }

  // Nobody is left who could take a report.
  bool is_over() const;
  // Nothing waits any more.
  bool is_idle() const;
  void warn_of_faults(std::chrono::nanoseconds steady_now);
  // At the end: what is not delivered is left on disk, and said.
  void close();

 private:
  // What a stop may take, less what the last pass takes of it.
  static constexpr std::chrono::milliseconds kLongestEnd{1800};
  struct Ending {
    Member member;
    std::chrono::steady_clock::time_point until;
  };

  void end(const Member& member);
  void end_those_in_the_way();
  void end_those_that_are_done();

  boost::asio::steady_timer timer_;
  Members members_;
  std::vector<Ending> ending_;
  std::uint64_t lost_reports_ = 0;
  SinkWarnings warnings_;
};

// What the members need of samples, beside what ships.
std::vector<StatNeed> needs_of(const SinkSet::Members& members);

}  // namespace squid
