#include "support/live_cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace squid {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

void write_file(const std::string& file, std::string_view text) {
  const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
  const ssize_t written = fd < 0 ? -1 : ::write(fd, text.data(), text.size());
  const int code = errno;
  if (fd >= 0) close(fd);
  if (written < 0) throw std::runtime_error("cannot write " + file + ": " + std::strerror(code));
}

std::string read_file(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::optional<Controller> controller_named(std::string_view name) {
  if (name == "cpu") return Controller::kCpu;
  if (name == "cpuacct") return Controller::kCpuacct;
  if (name == "memory") return Controller::kMemory;
  if (name == "pids") return Controller::kPids;
  if (name == "io" || name == "blkio") return Controller::kIo;
  return std::nullopt;
}

void add_controllers(Hierarchy& hierarchy, std::string names, char separator) {
  std::istringstream stream(names);
  for (std::string name; std::getline(stream, name, separator);)
    if (const auto controller = controller_named(name.substr(0, name.find('\n'))))
      hierarchy.controllers.push_back(*controller);
}

// Lines are "<hierarchy>:<controllers>:<path>".
std::uint32_t kernel_id_of(const std::string& own_cgroups, const std::string& controllers) {
  std::istringstream stream(own_cgroups);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t colon = line.find(':');
    if (line.substr(colon + 1, line.find(':', colon + 1) - colon - 1) == controllers)
      return static_cast<std::uint32_t>(std::stoul(line));
  }
  throw std::runtime_error("no hierarchy number for " + controllers);
}

}  // namespace

Topology live_topology() {
  Topology topology;
  const std::string own_cgroups = read_file("/proc/self/cgroup");
  std::ifstream mounts("/proc/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string device, mount_point, type, options;
    words >> device >> mount_point >> type >> options;
    Hierarchy hierarchy{
        .version = CgroupVersion::kV2, .kernel_id = 0, .mount_point = mount_point, .controllers = {}};
    if (type == "cgroup2") {
      add_controllers(hierarchy, read_file(mount_point + "/cgroup.controllers"), ' ');
      topology.hierarchies.insert(topology.hierarchies.begin(), hierarchy);
    } else if (type == "cgroup") {
      add_controllers(hierarchy, options, ',');
      if (hierarchy.controllers.empty()) continue;
      hierarchy.version = CgroupVersion::kV1;
      // "rw,relatime,cpu,cpuacct"
      std::string names = options.substr(options.find("relatime,") + std::strlen("relatime,"));
      hierarchy.kernel_id = kernel_id_of(own_cgroups, names);
      topology.hierarchies.push_back(hierarchy);
    }
  }
  if (!topology.unified()) throw std::runtime_error("cgroup v2 is not mounted");
  topology.shape = topology.hierarchies.size() == 1 ? TopologyShape::kUnified : TopologyShape::kHybrid;
  return topology;
}

LiveCgroup::LiveCgroup(const Topology& topology, std::string path)
    : topology_(topology), path_(std::move(path)) {
  for (HierarchyIndex i = 0; i < topology_.hierarchies.size(); ++i)
    if (mkdir(directory(i).c_str(), 0755) != 0)
      throw std::runtime_error("cannot make " + directory(i) + ": " + std::strerror(errno));
}

LiveCgroup::~LiveCgroup() {
  for (HierarchyIndex i = 0; i < topology_.hierarchies.size(); ++i)
    // A process that has just exited may still be on its way out.
    for (int attempt = 0; rmdir(directory(i).c_str()) != 0 && errno == EBUSY && attempt < 200; ++attempt)
      std::this_thread::sleep_for(10ms);
}

void LiveCgroup::delegate() const {
  const auto& controllers = topology_.hierarchies[0].controllers;
  for (const Controller controller : controllers) {
    constexpr std::string_view kNames[] = {"cpu", "cpuacct", "memory", "pids", "io"};
    write_file(directory(0) + "/cgroup.subtree_control",
               "+" + std::string(kNames[static_cast<std::size_t>(controller)]));
  }
}

void LiveCgroup::add(pid_t process) const {
  for (HierarchyIndex i = 0; i < topology_.hierarchies.size(); ++i)
    write_file(directory(i) + "/cgroup.procs", std::to_string(process));
}

bool LiveCgroup::is_v1(Controller controller) const {
  return topology_.hierarchies[topology_.find(controller).value()].version == CgroupVersion::kV1;
}

void LiveCgroup::write(Controller controller, std::string_view v1_file, std::string_view v2_file,
                       std::string_view text) const {
  const std::string_view file = is_v1(controller) ? v1_file : v2_file;
  write_file(directory(topology_.find(controller).value()) + "/" + std::string(file), text);
}

std::string LiveCgroup::read(Controller controller, std::string_view v1_file,
                             std::string_view v2_file) const {
  return read(topology_.find(controller).value(), is_v1(controller) ? v1_file : v2_file);
}

std::string LiveCgroup::read(HierarchyIndex hierarchy, std::string_view file) const {
  return read_file(directory(hierarchy) + "/" + std::string(file));
}

std::optional<std::uint64_t> LiveCgroup::find(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(key) && line.substr(key.size()).starts_with(' '))
      return number(line.substr(key.size() + 1));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::nullopt;
}

std::uint64_t LiveCgroup::number(std::string_view text) {
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{})
    throw std::runtime_error("not a number: " + std::string(text));
  return value;
}

std::string LiveCgroup::directory(HierarchyIndex hierarchy) const {
  return topology_.hierarchies[hierarchy].mount_point + path_;
}

std::uint64_t LiveCgroup::inode(HierarchyIndex hierarchy) const {
  struct stat status {};
  if (stat(directory(hierarchy).c_str(), &status) != 0)
    throw std::runtime_error("no " + directory(hierarchy));
  return status.st_ino;
}

}  // namespace squid
