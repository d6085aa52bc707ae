#include "statsd/listen_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_dir.h"

namespace squid::statsd {
namespace {

class UnixSocketTest : public testing::TestWithParam<Transport> {
 protected:
  Result<ListenSocket> open(unsigned mode = 0600) {
    return ListenSocket::open({.transport = GetParam(), .address = {}, .path = path_}, mode);
  }
  std::string why_not() {
    const auto socket = open();
    return socket ? "" : socket.error().message;
  }
  // As a process leaves it that had no time to tidy up.
  void leave_stale_file() {
    const auto socket = open();
    ASSERT_TRUE(socket);
    // Under another name it is not found at the end.
    std::filesystem::rename(path_, path_ + ".stale");
  }

  TempDir directory_;
  std::string path_ = directory_.path() + "/statsd.sock";
};

TEST_P(UnixSocketTest, ItsFileHasTheModeAndGoesWithIt) {
  const mode_t umask_before = umask(0077);
  for (const unsigned mode : {0600U, 0666U, 0722U}) {
    const auto socket = open(mode);
    ASSERT_TRUE(socket) << socket.error().message;
    struct stat status {};
    ASSERT_EQ(lstat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, mode);
    EXPECT_TRUE(socket->is_unix());
    EXPECT_EQ(socket->is_stream(), GetParam() == Transport::kUnixStream);
  }
  umask(umask_before);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_P(UnixSocketTest, AStaleFileIsReplacedAndALiveOneIsNot) {
  leave_stale_file();
  std::filesystem::rename(path_ + ".stale", path_);
  {
    const auto socket = open();
    ASSERT_TRUE(socket) << socket.error().message;
    EXPECT_NE(why_not().find("another process listens on '" + path_), std::string::npos) << why_not();
    EXPECT_TRUE(std::filesystem::exists(path_));
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_P(UnixSocketTest, WhatIsNoSocketIsNeverRemoved) {
  std::ofstream(path_) << "precious";
  EXPECT_NE(why_not().find("is no socket; remove it"), std::string::npos) << why_not();
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_P(UnixSocketTest, AFileThatBecameSomebodyElsesStays) {
  {
    const auto socket = open();
    ASSERT_TRUE(socket);
    std::filesystem::remove(path_);
    std::ofstream(path_) << "somebody else's";
  }
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_P(UnixSocketTest, AFolderThatIsNotThereIsAnError) {
  path_ = directory_.path() + "/nowhere/statsd.sock";
  EXPECT_NE(why_not().find("No such file or directory"), std::string::npos) << why_not();
}

INSTANTIATE_TEST_SUITE_P(Both, UnixSocketTest,
                         testing::Values(Transport::kUnixStream, Transport::kUnixDatagram));

TEST(ListenSocket, APortThatIsTakenIsAnError) {
  for (const Transport transport : {Transport::kUdp, Transport::kTcp}) {
    ListenAddress address{
        .transport = transport, .address = boost::asio::ip::make_address("127.0.0.1"), .path = {}};
    const auto first = ListenSocket::open(address, 0);
    ASSERT_TRUE(first) << first.error().message;
    address.port = first->port();
    const auto second = ListenSocket::open(address, 0);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message, "cannot listen on " + address.text() + ": Address already in use");
  }
}

TEST(ListenSocket, APortIsSharedWithNobodyElse) {
  for (const char* own : {"127.0.0.1", "::"}) {
    ListenAddress address{.address = boost::asio::ip::make_address(own), .path = {}};
    auto first = ListenSocket::open(address, 0);
    ASSERT_TRUE(first) << first.error().message;
    for (int i = 0; i < 2; ++i) {
      const auto another = first->open_another();
      ASSERT_TRUE(another) << another.error().message;
      EXPECT_EQ(another->port(), first->port());
    }
    address.port = first->port();
    EXPECT_FALSE(ListenSocket::open(address, 0)) << "of another process";
  }
}

TEST(ListenSocket, TakesOverWhatIsOneToListenOn) {
  const int datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
  const auto adopted = ListenSocket::adopt(datagrams);
  ASSERT_TRUE(adopted);
  EXPECT_FALSE(adopted->is_stream());
  EXPECT_NE(fcntl(datagrams, F_GETFL) & O_NONBLOCK, 0);
  const int listens = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(listen(listens, 1), 0);
  const auto stream = ListenSocket::adopt(listens);
  ASSERT_TRUE(stream);
  EXPECT_TRUE(stream->is_stream());

  const int file = open("/dev/null", O_RDONLY);
  EXPECT_FALSE(ListenSocket::adopt(file));
  EXPECT_FALSE(ListenSocket::adopt(socket(AF_INET, SOCK_STREAM, 0))) << "it does not listen";
  EXPECT_FALSE(ListenSocket::adopt(socket(AF_UNIX, SOCK_SEQPACKET, 0)));
}

TEST(ListenSocket, GivenSocketsAreThoseOfThisProcess) {
  EXPECT_EQ(*count_given_sockets("3", "77", 77), 3U);
  EXPECT_EQ(*count_given_sockets("3", "78", 77), 0U);
  EXPECT_EQ(*count_given_sockets("3", nullptr, 77), 0U);
  EXPECT_EQ(*count_given_sockets(nullptr, "77", 77), 0U);
  for (const char* wrong : {"", "x", "-1", "1x", "99999"})
    EXPECT_FALSE(count_given_sockets(wrong, "77", 77)) << wrong;
}

}  // namespace
}  // namespace squid::statsd
