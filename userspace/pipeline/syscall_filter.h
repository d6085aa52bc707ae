// Which system calls the daemon may still make once it serves: reading, sending, waiting, its own threads and
// maps. It never starts a program, so nobody who takes it over can; nor does it load programs into the
// kernel, mount, change its user, or look into other processes' memory.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace squid {

// All but bpf(), of which only some commands are allowed.
std::vector<std::string> allowed_system_calls();

// For this thread and those that it starts from now on; there is no way back. What is not allowed fails with
// EPERM. Needs no_new_privs, see drop_privileges().
Result<void> forbid_other_system_calls();

}  // namespace squid
