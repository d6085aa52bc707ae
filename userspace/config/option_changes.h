// OptionChanges: what of options that were read anew can come into force while squid-bpf runs, and what
// cannot: programs are attached and files are open, and the right to do that again was given up.
#pragma once

#include <string>
#include <vector>

#include "config/options.h"

namespace squid {

struct OptionChanges {
  Options options;                        // as wanted, but those that need a restart are as they were
  std::vector<std::string> need_restart;  // their names, without dashes
};

OptionChanges compute_changes(const Options& running, Options wanted);

}  // namespace squid
