// MachineResolver: machines of systemd-nspawn and libvirt. Their names are in their cgroups' paths;
// /run/systemd/machines tells what they were made from.
#pragma once

#include <string>
#include <string_view>

#include "core/name_resolver.h"

namespace squid {

struct MachineFile {
  std::string name;
  std::string root;  // the directory or image that it runs from

  friend bool operator==(const MachineFile&, const MachineFile&) = default;
};

// A file of systemd-machined: lines of NAME=value. Pure.
MachineFile parse_machine_file(std::string_view text);

class MachineResolver : public NameResolver {
 public:
  // `runtime` as in Identity; it must outlive the resolver.
  MachineResolver(std::string_view runtime, std::string host_root)
      : runtime_(runtime), host_root_(std::move(host_root)) {}

  std::string_view runtime() const override { return runtime_; }
  std::optional<ContainerMatch> match(std::string_view cgroup_path) const override;
  Result<Description> describe(const std::string& id, std::string_view cgroup_path) override;

 private:
  std::string_view runtime_;
  std::string host_root_;
};

}  // namespace squid
