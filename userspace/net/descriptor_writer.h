// DescriptorWriter: batches out to a descriptor that we were given: standard output, whatever it is. Its
// reader may be slow or gone; batches wait in an Outbox meanwhile, and nobody else does. SIGPIPE is ignored
// by whoever owns the process.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/sink.h"

namespace squid {

class DescriptorWriter {
 public:
  // `descriptor` stays the caller's.
  static Result<std::unique_ptr<DescriptorWriter>> open(boost::asio::io_context& io, int descriptor,
                                                        std::size_t queue_bytes);
  DescriptorWriter(const DescriptorWriter&) = delete;
  DescriptorWriter& operator=(const DescriptorWriter&) = delete;
  ~DescriptorWriter();

  void send(std::string batch);
  // Of batches; dropped_points is not ours to know.
  SinkHealth health() const;

 private:
  class Stream;
  explicit DescriptorWriter(std::shared_ptr<Stream> stream);
  std::shared_ptr<Stream> stream_;
};

}  // namespace squid
