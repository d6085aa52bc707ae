// What has to hold for every input; where it does not, the fuzzer keeps the input.
#pragma once

#include <cstdlib>

inline void require(bool holds) {
  if (!holds) std::abort();
}
