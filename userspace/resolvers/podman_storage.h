// Where podman keeps its containers' names: the lists of containers/storage, one for all containers of a
// user.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/name_resolver.h"
#include "core/result.h"

namespace squid {

// Folders are called "<driver>-containers".
inline constexpr auto kStorageDrivers = std::to_array<std::string_view>({"overlay", "vfs", "btrfs", "zfs"});

struct StoredContainer {
  std::string id;
  std::string name;  // the one it has now
  std::string image;

  friend bool operator==(const StoredContainer&, const StoredContainer&) = default;
};

// containers.json or volatile-containers.json. Pure. Containers without an id are left out.
Result<std::vector<StoredContainer>> parse_stored_containers(std::string_view text);

// The home of the user with this number in the text of a passwd file. Pure.
std::optional<std::string> parse_home(std::string_view passwd, std::string_view uid);

struct StoragePlace {
  std::string file_system;  // the root directory that the paths are meant in, as we reach it
  std::string graph_root;
  std::string run_root;  // what does not survive a reboot; may be empty
};

// Of root, or of the user with this number; nothing where the user has no home.
std::optional<StoragePlace> find_storage(const std::string& host_root, std::string_view uid);

// Reads the lists, each again only after it was changed: it tells of all containers at once.
class StorageLists {
 public:
  struct Found {
    StoredContainer container;
    std::string folder;  // "<graph root>/overlay-containers"
    NameFile file;
  };

  // What is wrong with a list, or ENOENT where none of them has such a container.
  template <typename Wanted>
  Result<Found> find(const StoragePlace& place, const Wanted& wanted) {
    std::optional<Error> fault;
    for (const Place& list : lists_of(place)) {
      const auto containers = read(list.file_system, list.path);
      if (!containers && containers.error().code != ENOENT && containers.error().code != ENOTDIR)
        fault = containers.error();
      if (!containers) continue;
      for (const StoredContainer& container : (*containers)->containers)
        if (wanted(container))
          return Found{container, list.folder, {list.file_system, list.path, (*containers)->stamp}};
    }
    return fault ? *fault : Error{"podman keeps no such container below " + place.graph_root, ENOENT};
  }

 private:
  struct Place {
    std::string file_system;
    std::string folder;
    std::string path;
  };
  struct List {
    NameFile::Stamp stamp;
    std::vector<StoredContainer> containers;
  };

  static std::vector<Place> lists_of(const StoragePlace& place);
  Result<const List*> read(const std::string& file_system, const std::string& path);

  std::map<std::string, List> lists_;
};

}  // namespace squid
