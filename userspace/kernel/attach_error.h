// root_attach_error(): why a program could not be attached to the root of cgroup v2, and what to do about it.
#pragma once

#include <cerrno>

#include "core/result.h"

namespace squid {

inline Error root_attach_error(int code) {
  if (code == EPERM)
    return Error{
        "another program has the root of cgroup v2 for itself; `bpftool cgroup show` names it, and attached "
        "with the flag `multi` it would share"};
  return errno_error("cannot attach a BPF program to the root of cgroup v2", code);
}

}  // namespace squid
