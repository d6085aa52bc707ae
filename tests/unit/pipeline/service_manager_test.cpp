#include "pipeline/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <string>

#include "support/temp_dir.h"

namespace squid {
namespace {

using namespace std::chrono_literals;

ServiceSettings parse(const std::map<std::string, std::string>& environment) {
  const auto read = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  };
  return parse_service_settings(read, 42);
}

// What a service manager hears.
class Listener {
 public:
  explicit Listener(const std::string& path) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  ~Listener() { close(fd_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::string next() const {
    char text[256];
    const ssize_t size = recv(fd_, text, sizeof(text), 0);
    return size < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(size));
  }

 private:
  int fd_;
};

TEST(ServiceSettings, ComeFromTheEnvironment) {
  EXPECT_EQ(parse({}).socket, "");
  EXPECT_EQ(parse({}).watchdog, std::nullopt);
  const auto settings =
      parse({{"NOTIFY_SOCKET", "/run/notify"}, {"WATCHDOG_USEC", "3000000"}, {"WATCHDOG_PID", "42"}});
  EXPECT_EQ(settings.socket, "/run/notify");
  EXPECT_EQ(settings.watchdog, 3s);
  EXPECT_EQ(parse({{"NOTIFY_SOCKET", "@abstract"}}).socket, "@abstract");
}

TEST(ServiceSettings, WhatIsMeantForAnotherOrMakesNoSenseIsLeftAlone) {
  EXPECT_EQ(parse({{"WATCHDOG_USEC", "3000000"}, {"WATCHDOG_PID", "43"}}).watchdog, std::nullopt);
  for (const char* text : {"0", "", "soon", "-1", "3s"})
    EXPECT_EQ(parse({{"WATCHDOG_USEC", text}}).watchdog, std::nullopt) << text;
  EXPECT_EQ(parse({{"NOTIFY_SOCKET", "relative"}}).socket, "");
}

TEST(ServiceManager, IsToldOfTheBeginningAndTheEndAndThatWeWork) {
  const TempDir directory;
  const std::string path = directory.path() + "/notify";
  const Listener listener(path);
  boost::asio::io_context io;
  bool works = true;
  ServiceManager manager(io, {.socket = path, .watchdog = 2ms}, [&] { return works; });
  manager.begin();
  EXPECT_EQ(listener.next(), "nothing") << "not ready before io runs";
  io.run_one();
  EXPECT_EQ(listener.next(), "READY=1");
  EXPECT_EQ(listener.next(), "WATCHDOG=1");
  io.run_one();
  EXPECT_EQ(listener.next(), "WATCHDOG=1");
  works = false;
  io.run_one();
  EXPECT_EQ(listener.next(), "nothing") << "a daemon that does not work must be restarted";
  manager.end();
  EXPECT_EQ(listener.next(), "STOPPING=1");
}

TEST(ServiceManager, WhereThereIsNoneNothingHappens) {
  boost::asio::io_context io;
  ServiceManager manager(io, {}, [] { return true; });
  manager.begin();
  EXPECT_EQ(io.run(), 0U);
  manager.end();
}

TEST(ServiceManager, IsToldOfAReload) {
  const TempDir directory;
  const Listener listener(directory.path() + "/notify");
  boost::asio::io_context io;
  ServiceManager manager(io, {.socket = directory.path() + "/notify"}, [] { return true; });
  manager.begin_reload();
  EXPECT_EQ(listener.next().substr(0, 27), "RELOADING=1\nMONOTONIC_USEC=");
  manager.end_reload();
  EXPECT_EQ(listener.next(), "READY=1");
}

}  // namespace
}  // namespace squid
