#include "net/descriptor_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <utility>

#include "net/outbox.h"

namespace squid {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Non-blocking mode belongs to the open file, which standard output shares with standard error and with the
// user's shell. A pipe or terminal can be opened anew for us alone; a file must not be (it would begin at
// its start, but also never blocks), and a socket cannot be.
int open_for_us(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode))) {
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    const int anew = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (anew >= 0) return anew;
  }
  return fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
}

}  // namespace

// Handlers hold the stream, so it outlives the DescriptorWriter until the last of them has run.
class DescriptorWriter::Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(asio::io_context& io, int given, int opened, std::size_t queue_bytes)
      : outbox_(queue_bytes), given_(given), given_flags_(fcntl(given, F_GETFL)), descriptor_(io) {
    error_code ignored;
    descriptor_.assign(opened, ignored);
  }

  void send(std::string batch) {
    if (!outbox_.push(std::move(batch))) last_error_ = "a report does not fit into the queue; make it larger";
    if (closed_) return drop_all();
    write_next();
  }

  void stop() {
    error_code ignored;
    descriptor_.close(ignored);
    // Where the open file had to be shared after all, its other users get it back as it was.
    if (given_flags_ >= 0 && fcntl(given_, F_GETFL) != given_flags_)
      (void)fcntl(given_, F_SETFL, given_flags_);
  }

  SinkHealth health() const {
    SinkHealth health = outbox_.health();
    health.last_error = last_error_;
    health.is_over = closed_;
    return health;
  }

 private:
  void write_next() {
    if (writing_ || !descriptor_.is_open()) return;
    const Outbox::Bytes bytes = outbox_.front();
    if (!bytes) return;
    writing_ = true;
    asio::async_write(descriptor_, asio::buffer(*bytes),
                      [self = shared_from_this(), bytes](error_code error, std::size_t) {
                        self->writing_ = false;
                        self->wrote(error);
                      });
  }

  void wrote(error_code error) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      outbox_.mark_written();
      outbox_.acknowledge(0, {});
      outbox_.release({});
      last_error_.clear();
      return write_next();
    }
    closed_ = error == asio::error::broken_pipe;
    last_error_ = closed_ ? "nobody reads it any more" : "cannot write: " + error.message();
    outbox_.rewind();
    outbox_.drop_front();
    if (closed_) return drop_all();
    write_next();
  }

  void drop_all() {
    while (outbox_.has_waiting()) outbox_.drop_front();
  }

  Outbox outbox_;
  int given_;
  int given_flags_;
  asio::posix::stream_descriptor descriptor_;
  bool writing_ = false;
  bool closed_ = false;
  std::string last_error_;
};

Result<std::unique_ptr<DescriptorWriter>> DescriptorWriter::open(asio::io_context& io, int descriptor,
                                                                 std::size_t queue_bytes) {
  const int opened = open_for_us(descriptor);
  if (opened < 0) return errno_error("cannot use descriptor " + std::to_string(descriptor), errno);
  return std::unique_ptr<DescriptorWriter>(
      new DescriptorWriter(std::make_shared<Stream>(io, descriptor, opened, queue_bytes)));
}

DescriptorWriter::DescriptorWriter(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}

DescriptorWriter::~DescriptorWriter() {
  stream_->stop();
}

void DescriptorWriter::send(std::string batch) {
  stream_->send(std::move(batch));
}

SinkHealth DescriptorWriter::health() const {
  return stream_->health();
}

}  // namespace squid
