#include "cgroupfs/directory_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace squid {
namespace {

constexpr std::uint32_t kWhat = IN_CREATE | IN_DELETE | IN_ONLYDIR | IN_EXCL_UNLINK;
// A host that starts containers as fast as it can: what does not fit is not remembered, the scan finds what
// is left.
constexpr std::size_t kMostBorn = 65536;

}  // namespace

DirectoryWatch::DirectoryWatch() : inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

void DirectoryWatch::add(const Topology& topology, HierarchyIndex hierarchy, std::string_view path) {
  if (!works()) return;
  const std::string directory = topology.hierarchies[hierarchy].mount_point + std::string(path);
  const int watch = inotify_add_watch(inotify_, directory.c_str(), kWhat);
  if (watch >= 0)
    watched_[watch] = path;
  else if (errno != ENOENT && errno != ENODEV)
    stop();
}

void DirectoryWatch::stop() {
  if (works()) close(inotify_);
  inotify_ = -1;
}

bool DirectoryWatch::take_changes() {
  alignas(inotify_event) std::array<char, 16384> buffer;
  bool changed = false;
  for (;;) {
    const ssize_t bytes = works() ? read(inotify_, buffer.data(), buffer.size()) : 0;
    if (bytes <= 0) return changed;
    changed = true;
    for (const char* at = buffer.data(); at < buffer.data() + bytes;) {
      inotify_event event{};
      std::memcpy(&event, at, sizeof(event));
      note(event, std::string_view(at + sizeof(event), strnlen(at + sizeof(event), event.len)));
      at += sizeof(event) + event.len;
    }
  }
}

void DirectoryWatch::note(const inotify_event& event, std::string_view name) {
  if (event.mask & IN_IGNORED) watched_.erase(event.wd);
  const auto parent = watched_.find(event.wd);
  // Without a parent the queue has overflowed: the scan that is due anyway finds all that is there.
  if (parent == watched_.end() || !(event.mask & IN_ISDIR)) return;
  const std::string path = parent->second + "/" + std::string(name);
  if (event.mask & IN_CREATE) {
    if (born_.size() < kMostBorn) born_.insert(path);
  } else if (born_.erase(path) > 0) {
    ++missed_;
  }
}

}  // namespace squid
