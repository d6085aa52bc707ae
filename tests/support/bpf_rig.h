// BpfRig: the BPF side of one pipeline, watching the cgroups below one path.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/snapshot.h"
#include "kernel/open_bpf.h"

namespace squid {

struct BpfRig {
  BpfParts parts;
  CgroupRoster roster;
  Snapshot snapshot{roster};

  // Throws where BPF does not work: asked for, the live tests need it.
  BpfRig(const Topology& topology, std::string watched_path, const BpfOptions& options = {})
      : parts(open(topology, options)), roster([watched = std::move(watched_path)](std::string_view path) {
          return path.starts_with(watched) ? std::make_shared<const Container>() : nullptr;
        }) {}

  // One sample pass; throws where it fails.
  void pass() {
    check(parts.discovery->refresh(roster));
    snapshot.begin();
    check(parts.source->collect(snapshot));
  }
  // The slot of a cgroup, CgroupRoster::kUnknown where it is not watched.
  CgroupRoster::Slot slot(std::string_view path) const {
    const auto entries = roster.entries();
    for (CgroupRoster::Slot i = 0; i < entries.size(); ++i)
      if (entries[i].id.valid() && entries[i].path == path) return i;
    return CgroupRoster::kUnknown;
  }
  const CgroupSample& sample(std::string_view path) const {
    const auto found = slot(path);
    if (found == CgroupRoster::kUnknown) throw std::runtime_error("not found: " + std::string(path));
    return snapshot.samples[found];
  }

 private:
  static BpfParts open(const Topology& topology, const BpfOptions& options) {
    auto parts = open_bpf(topology, options);
    if (!parts) throw std::runtime_error(parts.error().message);
    return std::move(*parts);
  }
  static void check(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().message);
  }
};

}  // namespace squid
