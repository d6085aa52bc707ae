// file: appends every report to a file, one JSON object per line. `--sink file:/var/log/squid.jsonl`
#include <fcntl.h>
#include <unistd.h>

#include "net/descriptor_writer.h"
#include "sinks/encode/json.h"

namespace squid {
namespace {

class FileSink : public Sink {
 public:
  explicit FileSink(std::unique_ptr<DescriptorWriter> writer) : writer_(std::move(writer)) {}

  void deliver(std::shared_ptr<const Report> report) override {
    std::string lines;
    dropped_points_ += encode_json(*report, lines).dropped;
    writer_->send(std::move(lines));
  }

  SinkHealth health() const override {
    SinkHealth health = writer_->health();
    health.dropped_points = dropped_points_;
    return health;
  }

 private:
  std::unique_ptr<DescriptorWriter> writer_;
  std::uint64_t dropped_points_ = 0;
};

Result<std::unique_ptr<Sink>> make_file(const SinkConfig& config, boost::asio::io_context& io) {
  const int file = open(config.address.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (file < 0) return errno_error("--sink file: cannot open '" + config.address + "'", errno);
  auto writer = DescriptorWriter::open(io, file, config.queue_bytes);
  close(file);  // the writer has its own
  if (!writer) return writer.error();
  return std::unique_ptr<Sink>(std::make_unique<FileSink>(std::move(*writer)));
}

const SinkRegistry::Entry kFile({
    .name = "file",
    .usage = "file:PATH",
    .help = "Appends one JSON object per series to a file",
    .make = make_file,
});

}  // namespace
}  // namespace squid
