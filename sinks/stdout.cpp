// stdout: reports to standard output, as a table for people or as lines for programs.
#include <unistd.h>

#include "net/descriptor_writer.h"
#include "sinks/encode/graphite.h"
#include "sinks/encode/json.h"
#include "sinks/encode/running_tally.h"
#include "sinks/encode/table.h"

namespace squid {
namespace {

using Encode = std::function<EncodeTally(const Report&, std::string&)>;

class StdoutSink : public Sink {
 public:
  StdoutSink(Encode encode, std::unique_ptr<DescriptorWriter> writer)
      : encode_(std::move(encode)), writer_(std::move(writer)) {}

  void deliver(std::shared_ptr<const Report> report) override {
    std::string text;
    tally_.add(encode_(*report, text));
    if (!text.empty()) writer_->send(std::move(text));
  }

  SinkHealth health() const override { return tally_.complete(writer_->health()); }

 private:
  Encode encode_;
  std::unique_ptr<DescriptorWriter> writer_;
  RunningTally tally_;
};

Result<Encode> choose_encoder(const SinkConfig& config) {
  if (config.address.empty() || config.address == "table")
    return Encode([](const Report& report, std::string& out) {
      encode_table(report, out);
      return EncodeTally{};
    });
  if (config.address == "json")
    return Encode([labels = config.label_tags](const Report& report, std::string& out) {
      return encode_json(report, out, labels);
    });
  if (config.address != "graphite")
    return Error{"--sink stdout has no form '" + config.address +
                 "': write stdout:table, stdout:json or stdout:graphite"};
  auto namer = SeriesNamer::of(config);
  if (!namer) return namer.error();
  return Encode([encoder = GraphiteEncoder(*std::move(namer))](
                    const Report& report, std::string& out) mutable { return encoder.encode(report, out); });
}

Result<std::unique_ptr<Sink>> make_stdout(const SinkConfig& config, boost::asio::io_context& io) {
  auto encode = choose_encoder(config);
  if (!encode) return encode.error();
  auto writer = DescriptorWriter::open(io, STDOUT_FILENO, config.queue_bytes);
  if (!writer) return Error{"--sink stdout: " + writer.error().message, writer.error().code};
  return std::unique_ptr<Sink>(std::make_unique<StdoutSink>(std::move(*encode), std::move(*writer)));
}

const SinkRegistry::Entry kStdout({
    .name = "stdout",
    .usage = "stdout[:table|:json|:graphite]",
    .help = "To standard output: a table for people, one JSON object per line, or carbon's lines",
    .make = make_stdout,
});

}  // namespace
}  // namespace squid
