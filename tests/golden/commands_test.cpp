// What `squid-bpf list` and `squid-bpf metrics` print: whatever is registered, and the reference users read.
#include <gtest/gtest.h>

#include "commands/commands.h"
#include "support/golden.h"

namespace squid {
namespace {

TEST(Commands, ListPrintsAllThatIsRegistered) {
  expect_golden(list_text(), "commands/list.txt");
}

TEST(Commands, MetricsPrintsTheTable) {
  expect_golden(metrics_text(), "commands/metrics.txt");
}

}  // namespace
}  // namespace squid
