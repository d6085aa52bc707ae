// load_skeleton(): hands the programs of an opened skeleton to the kernel.
#pragma once

#include <malloc.h>

#include <string>

#include "core/result.h"
#include "kernel/libbpf_log.h"

namespace squid {

// `programs` is what they are called in the sentence for the user: "programs for block I/O".
template <typename Skeleton>
Result<void> load_skeleton(Skeleton* skeleton, const std::string& programs) {
  const int error = Skeleton::load(skeleton);
  malloc_trim(0);  // of the kernel's types, that libbpf has parsed and needs no more
  if (error == 0) return {};
  return errno_error("the kernel cannot run our BPF " + programs + " (" + libbpf_message() + ")", -error);
}

}  // namespace squid
