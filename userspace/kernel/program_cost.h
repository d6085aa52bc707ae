// What the kernel counts about the BPF programs of this process.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
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

// What all programs cost from one look to the next.
class ProgramCosts {
 public:
  // The kernel counts from now on.
  static Result<std::unique_ptr<ProgramCosts>> begin();
  // Of each program that ran since the look before, or since the begin.
  std::vector<ProgramCost> look();

 private:
  UniqueFd counting_;
  std::map<std::string, ProgramCost> last_;
};

}  // namespace squid
