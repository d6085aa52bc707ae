#include "net/descriptor_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "support/tcp_server.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

class Pipe {
 public:
  explicit Pipe(bool socket = false) {
    const int result = socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()) : pipe(ends_.data());
    EXPECT_EQ(result, 0);
  }
  ~Pipe() {
    close_reader();
    ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int writer() const { return ends_[1]; }
  void close_reader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  // What is there now.
  std::string read_some() {
    std::string text(1 << 20, '\0');
    (void)fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    const ssize_t size = ::read(ends_[0], text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

class DescriptorWriterTest : public testing::Test {
 protected:
  // As main() does.
  void SetUp() override { before_ = std::signal(SIGPIPE, SIG_IGN); }
  void TearDown() override { (void)std::signal(SIGPIPE, before_); }

  std::unique_ptr<DescriptorWriter> open(int descriptor, std::size_t queue_bytes = 1 << 20) {
    auto writer = DescriptorWriter::open(io_, descriptor, queue_bytes);
    EXPECT_TRUE(writer);
    return std::move(*writer);
  }

  boost::asio::io_context io_;

 private:
  void (*before_)(int) = SIG_DFL;
};

TEST_F(DescriptorWriterTest, WritesToAPipe) {
  Pipe pipe;
  const auto writer = open(pipe.writer());
  writer->send("one\n");
  writer->send("two\n");
  run_until(io_, [&] { return writer->health().delivered_reports == 2; });
  EXPECT_EQ(pipe.read_some(), "one\ntwo\n");
  EXPECT_EQ(writer->health().queued_bytes, 0U);
}

TEST_F(DescriptorWriterTest, WritesToAFileWhereItsOwnerIs) {
  const TempDir folder;
  const std::string path = folder.path() + "/out";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::write(file, "before\n", 7), 7);
  const auto writer = open(file);
  writer->send("one\n");
  run_until(io_, [&] { return writer->health().delivered_reports == 1; });
  std::string text(100, '\0');
  text.resize(static_cast<std::size_t>(pread(file, text.data(), text.size(), 0)));
  EXPECT_EQ(text, "before\none\n");
  ::close(file);
}

TEST_F(DescriptorWriterTest, ASlowReaderCostsOnlyTheOldest) {
  Pipe pipe;
  const auto writer = open(pipe.writer(), 300'000);
  for (int i = 0; i < 100; ++i) {
    writer->send(std::to_string(i) + std::string(50'000, 'x') + "\n");
    io_.poll();
    ASSERT_LE(writer->health().queued_bytes, 300'000U);
  }
  SinkHealth health = writer->health();
  EXPECT_GT(health.dropped_reports, 0U);
  EXPECT_EQ(health.delivered_reports + health.queued_reports + health.dropped_reports, 100U);

  std::string read;
  run_until(io_, [&] {
    read += pipe.read_some();
    return writer->health().queued_reports == 0;
  });
  read += pipe.read_some();
  EXPECT_TRUE(read.starts_with("0xxx"));
  EXPECT_TRUE(read.ends_with("\n99" + std::string(50'000, 'x') + "\n"));
  // No batch was cut.
  EXPECT_EQ(static_cast<std::uint64_t>(std::count(read.begin(), read.end(), '\n')),
            writer->health().delivered_reports);
}

TEST_F(DescriptorWriterTest, AReaderThatIsGoneIsAnErrorAndNoMore) {
  Pipe pipe;
  const auto writer = open(pipe.writer());
  pipe.close_reader();
  writer->send("one\n");
  run_until(io_, [&] { return writer->health().dropped_reports == 1; });
  EXPECT_EQ(writer->health().last_error, "nobody reads it any more");
  EXPECT_TRUE(writer->health().is_over);
  writer->send("two\n");
  EXPECT_EQ(writer->health().dropped_reports, 2U);
  EXPECT_EQ(writer->health().queued_bytes, 0U);
}

TEST_F(DescriptorWriterTest, LeavesTheDescriptorAsItWas) {
  // A pipe is opened anew, a socket cannot be.
  for (const bool socket : {false, true}) {
    Pipe pipe(socket);
    const int flags = fcntl(pipe.writer(), F_GETFL);
    {
      const auto writer = open(pipe.writer());
      writer->send("one\n");
      run_until(io_, [&] { return writer->health().delivered_reports == 1; });
      EXPECT_EQ(fcntl(pipe.writer(), F_GETFL) == flags, !socket);
    }
    EXPECT_EQ(fcntl(pipe.writer(), F_GETFL), flags);
    EXPECT_EQ(pipe.read_some(), "one\n");
  }
}

TEST_F(DescriptorWriterTest, MayEndWhileItWrites) {
  Pipe pipe;
  open(pipe.writer())->send(std::string(500'000, 'x'));
  io_.restart();
  io_.run_for(std::chrono::milliseconds(5));
}

TEST_F(DescriptorWriterTest, SaysWhenTheDescriptorIsClosed) {
  const auto writer = DescriptorWriter::open(io_, 987, 100);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().message, "cannot use descriptor 987: Bad file descriptor");
}

}  // namespace
}  // namespace squid
