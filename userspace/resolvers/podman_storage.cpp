#include "resolvers/podman_storage.h"

#include <fmt/format.h>

#include "resolvers/cgroup_path.h"
#include "resolvers/host_file.h"
#include "resolvers/json_object.h"

namespace squid {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostLists = 64;

std::string first_text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::array* list = value != nullptr ? value->if_array() : nullptr;
  const json::string* text = list != nullptr && !list->empty() ? list->front().if_string() : nullptr;
  return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

StoredContainer stored_container(const json::object& object) {
  StoredContainer container{.id = string_at(object, "id"), .name = first_text(object, "names"), .image = {}};
  // podman's own part is a text that is JSON again. Its name is the one that the container was made with.
  const auto metadata = parse_json(string_at(object, "metadata"));
  const json::object* ours = metadata ? metadata->if_object() : nullptr;
  if (ours == nullptr) return container;
  container.image = string_at(*ours, "image-name");
  if (container.name.empty()) container.name = string_at(*ours, "name");
  return container;
}

std::string_view next_field(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const std::string_view field = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return field;
}

}  // namespace

Result<std::vector<StoredContainer>> parse_stored_containers(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error();
  const json::array* list = document->if_array();
  if (list == nullptr) return Error{"is JSON, but not a list"};
  std::vector<StoredContainer> containers;
  for (const json::value& item : *list) {
    const json::object* object = item.if_object();
    if (object == nullptr) continue;
    StoredContainer container = stored_container(*object);
    if (!container.id.empty()) containers.push_back(std::move(container));
  }
  return containers;
}

// "name:password:uid:gid:comment:home:shell"
std::optional<std::string> parse_home(std::string_view passwd, std::string_view uid) {
  while (!passwd.empty()) {
    std::string_view line = next_field(passwd, '\n');
    next_field(line, ':');
    next_field(line, ':');
    if (next_field(line, ':') != uid) continue;
    next_field(line, ':');
    next_field(line, ':');
    const std::string_view home = next_field(line, ':');
    if (home.starts_with('/')) return std::string(home);
  }
  return std::nullopt;
}

std::optional<StoragePlace> find_storage(const std::string& host_root, std::string_view uid) {
  if (uid.empty() || uid == "0")
    return StoragePlace{host_root, "/var/lib/containers/storage", "/run/containers/storage"};
  const auto passwd = read_host_file(host_root, "/etc/passwd");
  const auto home = passwd ? parse_home(*passwd, uid) : std::nullopt;
  if (!home) return std::nullopt;
  return StoragePlace{host_root, *home + "/.local/share/containers/storage",
                      fmt::format("/run/user/{}/containers", uid)};
}

std::vector<StorageLists::Place> StorageLists::lists_of(const StoragePlace& place) {
  std::vector<Place> lists;
  for (const std::string_view driver : kStorageDrivers) {
    const std::string folder = fmt::format("{}/{}-containers", place.graph_root, driver);
    lists.push_back({place.file_system, folder, folder + "/containers.json"});
    lists.push_back({place.file_system, folder, folder + "/volatile-containers.json"});
    if (place.run_root.empty()) continue;
    // All of them, where podman was told to keep nothing over a reboot.
    const std::string run_folder = fmt::format("{}/{}-containers", place.run_root, driver);
    lists.push_back({place.file_system, folder, run_folder + "/volatile-containers.json"});
  }
  return lists;
}

Result<const StorageLists::List*> StorageLists::read(const std::string& file_system,
                                                     const std::string& path) {
  const std::string key = file_system + '\0' + path;
  const auto stamp = stamp_host_file(file_system, path);
  if (!stamp) {
    lists_.erase(key);
    return stamp.error();
  }
  if (const auto known = lists_.find(key); known != lists_.end() && known->second.stamp == *stamp)
    return &known->second;
  const auto text = read_host_file(file_system, path);
  if (!text) return text.error();
  auto containers = parse_stored_containers(*text);
  if (!containers) return Error{fmt::format("{} {}", path, containers.error().message)};
  if (lists_.size() == kMostLists) lists_.clear();
  List& list = lists_[key];
  list = List{*stamp, *std::move(containers)};
  return &list;
}

}  // namespace squid
