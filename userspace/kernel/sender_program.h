// SenderProgram: the BPF program of bpf/senders.bpf.c, loaded and attached to the root of cgroup v2. It tells
// of a packet's source address and port in which cgroup the socket is that sent it. Any thread may ask.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "bpf/senders.h"
#include "core/result.h"

struct bpf_link;
struct senders_bpf;

namespace squid {

class SenderProgram {
 public:
  struct Ports {
    std::vector<std::uint16_t> udp;
    std::vector<std::uint16_t> tcp;
  };
  // `cgroup_root_fd` stays the caller's.
  static Result<std::unique_ptr<SenderProgram>> load(int cgroup_root_fd, const Ports& ports);
  SenderProgram(const SenderProgram&) = delete;
  SenderProgram& operator=(const SenderProgram&) = delete;
  ~SenderProgram();

  // The cgroup's inode, 0 where nobody knows. `is_near` is not looked at.
  std::uint64_t find(sender_source source) const;
  // The number of its last change; as long as that is the same, so is the answer.
  std::uint32_t change_of(const sender_source& source) const;

 private:
  explicit SenderProgram(senders_bpf* skeleton) : skeleton_(skeleton) {}

  senders_bpf* skeleton_;
  bpf_link* link_ = nullptr;
};

// SenderMemory: asking the kernel costs a system call, so answers are kept. They are as good as asked anew:
// the program counts the changes of its entries, in memory that is shared with us. Each thread has its own.
class SenderMemory {
 public:
  explicit SenderMemory(std::shared_ptr<const SenderProgram> program) : program_(std::move(program)) {}

  std::uint64_t find(const sender_source& source);

 private:
  struct SameSource {
    bool operator()(const sender_source& a, const sender_source& b) const {
      return std::memcmp(&a, &b, sizeof a) == 0;
    }
  };
  struct SourceHash {
    std::size_t operator()(const sender_source& source) const;
  };
  struct Known {
    std::uint64_t cgroup;
    std::uint32_t change;
  };

  std::shared_ptr<const SenderProgram> program_;
  boost::unordered_flat_map<sender_source, Known, SourceHash, SameSource> known_;
};

}  // namespace squid
