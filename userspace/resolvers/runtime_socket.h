// RuntimeSocket: asks a runtime itself what a container is called, over the socket of docker's API, which
// podman has as well. Only where the user wants it and the files tell nothing: one short call for a
// container, one after the other, none of which holds anybody up.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "core/name_resolver.h"
#include "core/result.h"

namespace squid {

class RuntimeSocket {
 public:
  static constexpr std::chrono::milliseconds kTimeout{1000};
  static constexpr std::size_t kMostWaiting = 1024;
  static constexpr std::size_t kLongestAnswerBytes = 1 << 20;

  using Answer = std::function<void(Result<Description>)>;

  // `timeout`: of one call.
  RuntimeSocket(boost::asio::io_context& io, std::string path, std::chrono::milliseconds timeout = kTimeout);
  ~RuntimeSocket();
  RuntimeSocket(const RuntimeSocket&) = delete;
  RuntimeSocket& operator=(const RuntimeSocket&) = delete;

  // `id`: 64 hex digits. The answer comes later, exactly once; code ENOENT: the runtime has no such
  // container.
  void ask(const std::string& id, Answer answer);

 private:
  class Call;
  struct Question {
    std::string id;
    Answer answer;
  };

  void call_next();

  boost::asio::io_context& io_;
  std::string path_;
  std::chrono::milliseconds timeout_;
  std::deque<Question> waiting_;  // the first is being asked
  std::shared_ptr<Call> call_;
};

}  // namespace squid
