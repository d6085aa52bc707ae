#include "pipeline/host_root.h"

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace squid {
namespace {

TEST(HostRoot, WhatTheUserChoseIsTaken) {
  EXPECT_EQ(find_host_root("/host"), "/host");
}

TEST(HostRoot, OneThatIsNotThereIsExplained) {
  EXPECT_EQ(explain_missing_names("/nonexistent"),
            "--host-root /nonexistent: No such file or directory; containers are shown by their ids");
  const TempDir host;
  EXPECT_EQ(explain_missing_names(host.path()), std::nullopt);
}

}  // namespace
}  // namespace squid
