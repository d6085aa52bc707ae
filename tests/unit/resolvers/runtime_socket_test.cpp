#include "resolvers/runtime_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <thread>
#include <vector>

#include "support/temp_dir.h"

namespace squid {
namespace {

const std::string kId(64, 'a');

// A runtime that says the same to everybody, or nothing at all.
class FakeRuntime {
 public:
  explicit FakeRuntime(std::string answer) : answer_(std::move(answer)) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeRuntime() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  FakeRuntime(const FakeRuntime&) = delete;
  FakeRuntime& operator=(const FakeRuntime&) = delete;

  const std::string& path() const { return path_; }

 private:
  void serve() {
    for (int peer = 0; (peer = accept(listener_, nullptr, nullptr)) >= 0;) {
      char request[1024];
      const ssize_t got = read(peer, request, sizeof request);
      if (got > 0 && !answer_.empty()) send(peer, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      // Until the other side gives up.
      while (answer_.empty() && read(peer, request, sizeof request) > 0) {
      }
      close(peer);
    }
  }

  TempDir folder_;
  std::string path_ = folder_.path() + "/socket";
  std::string answer_;
  int listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::thread thread_;
};

std::string http(std::string_view status, const std::string& body) {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::vector<Result<Description>> ask(const std::string& path, std::size_t questions = 1,
                                     std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
  boost::asio::io_context io;
  RuntimeSocket runtime(io, path, timeout);
  std::vector<Result<Description>> answers;
  for (std::size_t i = 0; i < questions; ++i)
    runtime.ask(kId, [&answers](Result<Description> told) { answers.push_back(std::move(told)); });
  io.run();
  EXPECT_EQ(answers.size(), questions);
  return answers;
}

TEST(RuntimeSocket, TellsNameImageAndLabels) {
  const FakeRuntime runtime(
      http("200 OK", R"({"Name": "/web", "Config": {"Image": "nginx", "Labels": {"tier": "front"}}})"));
  for (const auto& answer : ask(runtime.path(), 3)) {
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->container.name, "web");
    EXPECT_EQ(answer->container.image, "nginx");
    EXPECT_EQ(answer->container.labels.at("tier"), "front");
  }
}

TEST(RuntimeSocket, SaysWhyItHasNoName) {
  const auto error = [](const std::string& answer) {
    const FakeRuntime runtime(answer);
    const auto told = ask(runtime.path()).at(0);
    return told ? Error{"a name"} : told.error();
  };
  EXPECT_EQ(error(http("404 Not Found", "{}")).code, ENOENT);
  EXPECT_NE(error(http("500 Internal Server Error", "{}")).message.find("status 500"), std::string::npos);
  EXPECT_NE(error(http("200 OK", "[]")).message.find("is JSON, but not an object"), std::string::npos);
  EXPECT_NE(error("nonsense\r\n\r\n").message.find("bad version"), std::string::npos);
  EXPECT_NE(error(http("200 OK", std::string(2 << 20, ' '))).message.find("body limit"), std::string::npos);
}

TEST(RuntimeSocket, GivesUpOnWhoNeverAnswers) {
  const FakeRuntime runtime("");
  EXPECT_NE(ask(runtime.path(), 1, std::chrono::milliseconds(1)).at(0).error().message.find("timeout"),
            std::string::npos);
}

TEST(RuntimeSocket, SaysThatNobodyListens) {
  const auto told = ask("/nonexistent/socket").at(0);
  EXPECT_EQ(told.error().message, "--runtime-socket /nonexistent/socket: No such file or directory");
  EXPECT_NE(told.error().code, ENOENT) << "that is a fault, an unknown container is none";
}

TEST(RuntimeSocket, RefusesWhatIsTooMuchAndForgetsTheRestAtItsEnd) {
  const FakeRuntime runtime("");
  boost::asio::io_context io;
  int refused = 0;
  int other = 0;
  {
    RuntimeSocket socket(io, runtime.path());
    for (std::size_t i = 0; i <= RuntimeSocket::kMostWaiting; ++i)
      socket.ask(kId, [&](const Result<Description>& told) {
        told.error().message.find("wait for a name") != std::string::npos ? ++refused : ++other;
      });
    io.poll();
  }
  io.run();
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(other, 0);
}

}  // namespace
}  // namespace squid
