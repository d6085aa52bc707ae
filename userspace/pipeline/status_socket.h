// The unix socket at which the daemon tells its status to whoever connects: one text, then the end. That it
// answers at all proves that its one thread is not stuck, which no file could.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"

namespace squid {

class StatusSocket {
 public:
  using Tell = std::function<std::string()>;

  // Makes the folder of the path too. Only who may write to the socket can ask: its owner. Takes the place of
  // a socket that nobody listens at any more, and of nothing else.
  static Result<std::unique_ptr<StatusSocket>> open(boost::asio::io_context& io, const std::string& path,
                                                    Tell tell);
  StatusSocket(const StatusSocket&) = delete;
  StatusSocket& operator=(const StatusSocket&) = delete;
  ~StatusSocket();

 private:
  StatusSocket(boost::asio::io_context& io, int listener, std::string path, Tell tell);
  void wait();
  void answer();

  boost::asio::posix::stream_descriptor listener_;
  std::string path_;
  Tell tell_;
};

// What the daemon there says, within that time.
Result<std::string> read_status(const std::string& path, std::chrono::milliseconds longest_wait);

}  // namespace squid
