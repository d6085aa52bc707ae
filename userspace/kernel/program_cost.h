// What the kernel counts about the BPF programs of this process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "kernel/unique_fd.h"

namespace squid {

struct ProgramCost {
  std::string name;  // the kernel keeps the first fifteen characters
  std::uint64_t runs = 0;
  std::uint64_t run_time_ns = 0;
};

// The kernel counts run times, of every BPF program on the host, for as long as somebody holds this: some 50
// ns for each run.
Result<UniqueFd> count_run_times();

// Of all programs that this process holds, by name.
std::vector<ProgramCost> read_program_costs();

}  // namespace squid
