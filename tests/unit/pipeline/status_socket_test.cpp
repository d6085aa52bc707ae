#include "pipeline/status_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <thread>

#include "support/temp_dir.h"

namespace squid {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class StatusSocketTest : public testing::Test {
 protected:
  auto open(const std::string& text = "healthy\n") {
    return StatusSocket::open(io_, path_, [text] { return text; });
  }
  // Asks while the socket's owner runs.
  Result<std::string> ask() {
    std::atomic<bool> answered = false;
    std::thread owner([&] {
      while (!answered) io_.run_one_for(10ms);
    });
    auto status = read_status(path_, 5s);
    answered = true;
    owner.join();
    return status;
  }

  TempDir directory_;
  std::string path_ = directory_.path() + "/below/status.sock";
  boost::asio::io_context io_;
};

TEST_F(StatusSocketTest, TellsWhoeverAsks) {
  const auto socket = open();
  ASSERT_TRUE(socket) << socket.error().message;
  EXPECT_EQ(ask().value(), "healthy\n");
  EXPECT_EQ(ask().value(), "healthy\n");
}

TEST_F(StatusSocketTest, OnlyItsOwnerMayAsk) {
  const auto socket = open();
  ASSERT_TRUE(socket);
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(StatusSocketTest, OneThatDoesNotAnswerIsNotWaitedForLong) {
  const auto socket = open();
  ASSERT_TRUE(socket);
  const auto silence = read_status(path_, 20ms);
  ASSERT_FALSE(silence);
  EXPECT_EQ(silence.error().message, "the squid-bpf at " + path_ + " does not answer within 0.02 s");
}

TEST_F(StatusSocketTest, IsGoneWithItsOwner) {
  open().value().reset();
  const auto nobody = read_status(path_, 20ms);
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().message, HasSubstr("no squid-bpf answers at " + path_));
}

TEST_F(StatusSocketTest, AnAbandonedOneIsReplaced) {
  auto abandoned = open();
  ASSERT_TRUE(abandoned);
  const std::string kept = path_ + ".kept";
  ASSERT_EQ(rename(path_.c_str(), kept.c_str()), 0);
  abandoned.value().reset();
  ASSERT_EQ(rename(kept.c_str(), path_.c_str()), 0);
  const auto socket = open();
  ASSERT_TRUE(socket) << socket.error().message;
  EXPECT_TRUE(ask());
}

TEST_F(StatusSocketTest, WhatIsInUseOrNoSocketStays) {
  const auto first = open("first\n");
  ASSERT_TRUE(first);
  const auto second = open("second\n");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, EADDRINUSE);
  EXPECT_EQ(ask().value(), "first\n");

  path_ = directory_.path() + "/file";
  std::ofstream(path_) << "precious";
  EXPECT_FALSE(open());
  EXPECT_TRUE(std::ifstream(path_).good());
}

TEST_F(StatusSocketTest, APathThatIsTooLongIsRefused) {
  path_ = directory_.path() + "/" + std::string(200, 'x');
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("too long"));
}

}  // namespace
}  // namespace squid
