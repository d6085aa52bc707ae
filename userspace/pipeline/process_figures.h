// ProcessFigures: what the kernel counts of this process. Its files are kept open: in each report, looking
// them up in /proc would cost as much as the sample of ten containers.
#pragma once

#include "kernel/unique_fd.h"

namespace squid {

class ProcessFigures {
 public:
  ProcessFigures();

  // Both 0 where there is no /proc.
  double rss_bytes() const;
  double open_files() const;

 private:
  UniqueFd statm_;
  UniqueFd descriptors_;
};

}  // namespace squid
