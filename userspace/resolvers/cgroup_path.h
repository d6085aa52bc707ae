// Words for taking a cgroup path apart. Pure, and nothing is copied: all results are parts of what was given.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace squid {

// Both are empty where there is nothing of the kind.
std::string_view last_element(std::string_view path);
std::string_view parent_of(std::string_view path);

bool is_number(std::string_view text);
// Lower-case hexadecimal digits, exactly so many.
bool is_hex(std::string_view text, std::size_t length);
// 64 hexadecimal digits: docker, podman, containerd and CRI-O all name their containers so.
bool is_container_id(std::string_view text);
// What containerd takes for a container or a namespace: letters, digits and ._- between them.
bool is_ctr_id(std::string_view text);
// Groups of hexadecimal digits, 8-4-4-4-12.
bool is_uuid(std::string_view text);

// What stands between the two, where it is not empty.
std::optional<std::string_view> between(std::string_view text, std::string_view prefix,
                                        std::string_view suffix);

// systemd's \x2d and the like undone. What is no escape stays as it is.
std::string unescape_unit(std::string_view text);

// The path in a line of /proc/PID/cgroup, "4:memory:/docker/..." or "0::/...", without the kernel's remark
// that the cgroup was deleted; nothing where it is not such a line.
std::optional<std::string_view> path_of_cgroup_line(std::string_view line);

}  // namespace squid
