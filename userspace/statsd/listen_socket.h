// ListenSocket: a socket that is bound, whatever its transport, and the file that a unix socket has. Opened
// by us, or given by whoever started us.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "statsd/listen_address.h"

namespace squid::statsd {

class ListenSocket {
 public:
  // A unix socket's file gets the permissions `mode`. One that nobody listens on any more is replaced.
  static Result<ListenSocket> open(const ListenAddress& address, unsigned mode);
  // One more for the same address, UDP: the kernel gives each client to one of them. Another process gets
  // none.
  Result<ListenSocket> open_another();
  // The descriptor becomes ours, if it is a socket that we can listen on.
  static Result<ListenSocket> adopt(int descriptor);

  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&&) = delete;
  // Takes the file with it, unless it has become somebody else's.
  ~ListenSocket();

  int descriptor() const { return descriptor_; }
  bool is_stream() const { return is_stream_; }
  bool is_unix() const { return is_unix_; }
  // For messages.
  const std::string& text() const { return text_; }
  // 0 of a unix socket.
  std::uint16_t port() const;

 private:
  explicit ListenSocket(int descriptor) : descriptor_(descriptor) {}
  Result<void> bind_to_port(const ListenAddress& address);
  Result<void> bind_to_path(const std::string& path, unsigned mode);

  int descriptor_;
  bool is_stream_ = false;
  bool is_unix_ = false;
  std::string text_;
  std::string path_;       // empty: no file of ours
  struct stat file_ = {};  // as it was made
};

// Socket activation: how many descriptors, from 3 on, are meant for the process `pid`. `listen_fds` and
// `listen_pid` are the variables of that name, null where they are not set.
Result<unsigned> count_given_sockets(const char* listen_fds, const char* listen_pid, int pid);
// Reads these variables, which nobody else sees from then on.
Result<std::vector<ListenSocket>> take_given_sockets();

}  // namespace squid::statsd
