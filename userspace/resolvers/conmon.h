// conmon: the process that podman leaves beside each of its containers. Its arguments tell the container's
// name and where its files are, wherever podman was told to keep them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace squid {

// Empty where it was not told.
struct ConmonArguments {
  std::string id;
  std::string name;
  std::string bundle;

  friend bool operator==(const ConmonArguments&, const ConmonArguments&) = default;
};

// `cmdline`: as in /proc/PID/cmdline. Pure.
ConmonArguments parse_conmon_arguments(std::string_view cmdline);

struct Conmon {
  std::string process;  // its directory below /proc, as we reach it
  ConmonArguments arguments;
};

// All that run now. Goes through all processes.
std::vector<Conmon> find_conmons(const std::string& host_root);

}  // namespace squid
