#include "net/refused_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/full_disk.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::EndsWith;
using testing::StartsWith;

constexpr std::chrono::system_clock::time_point kNow{1'795'232'480s};

class RefusedLogTest : public testing::Test {
 protected:
  std::string read(const std::string& name) const {
    std::ifstream file(folder_.path() + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TempDir folder_;
};

TEST_F(RefusedLogTest, KeepsEachRecordInALineOfItsOwn) {
  RefusedLog log(folder_.path());
  EXPECT_EQ(log.path(), "");
  const std::array<Refusal, 2> refusals{Refusal{"a 1 2\nb", "answered 400\r\nno"},
                                        {"back\\slash\t\x01\xff", "no"}};
  log.append(kNow, "carbon:2003", refusals);
  EXPECT_EQ(log.path(), folder_.path() + "/refused.log");
  EXPECT_EQ(read("refused.log"),
            "2026-11-21T03:41:20Z\tcarbon:2003\tanswered 400\\r\\nno\ta 1 2\\nb\n"
            "2026-11-21T03:41:20Z\tcarbon:2003\tno\tback\\\\slash\\t\\x01\\xff\n");
  struct stat status {};
  ASSERT_EQ(stat(log.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(RefusedLogTest, GoesOnWhereAnEarlierProcessEnded) {
  const std::array<Refusal, 1> refusals{Refusal{"record", "no"}};
  RefusedLog(folder_.path()).append(kNow, "h", refusals);
  RefusedLog(folder_.path()).append(kNow, "h", refusals);
  const std::string line = "2026-11-21T03:41:20Z\th\tno\trecord\n";
  EXPECT_EQ(read("refused.log"), line + line);
}

TEST_F(RefusedLogTest, HasTwoFilesOfLimitedSizeAndTheLatestRecords) {
  RefusedLog log(folder_.path(), 1000);
  for (int i = 0; i < 100; ++i) {
    const std::string record = std::to_string(i);
    const std::array<Refusal, 1> refusals{Refusal{record, "no"}};
    log.append(kNow, "h", refusals);
    EXPECT_LE(read("refused.log").size(), 1000U);
    EXPECT_LE(read("refused.1").size(), 1000U);
  }
  EXPECT_THAT(read("refused.log"), EndsWith("\t99\n"));
  EXPECT_GT(read("refused.log").size() + read("refused.1").size(), 1000U);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_.path())) ++files;
  EXPECT_EQ(files, 2U);
}

TEST_F(RefusedLogTest, ManyAtOnceAreLimitedAsWell) {
  RefusedLog log(folder_.path(), 1000);
  const std::vector<Refusal> refusals(200, Refusal{"record", "no"});
  log.append(kNow, "h", refusals);
  EXPECT_LE(read("refused.log").size(), 1000U);
  EXPECT_LE(read("refused.1").size(), 1000U);
  EXPECT_GT(read("refused.1").size(), 900U);
}

TEST_F(RefusedLogTest, CutsWhatIsLongerThanAFile) {
  RefusedLog log(folder_.path(), 1000);
  const std::string record(5000, '\n');
  const std::array<Refusal, 1> refusals{Refusal{record, "no"}};
  log.append(kNow, "h", refusals);
  EXPECT_EQ(read("refused.log").size(), 1000U);
  EXPECT_THAT(read("refused.log"), StartsWith("2026-11-21T03:41:20Z\th\tno\t\\n\\n"));
  EXPECT_THAT(read("refused.log"), EndsWith("...\n"));
}

TEST_F(RefusedLogTest, OfARecordLargerThanAFileOnlyTheBeginIsKept) {
  RefusedLog log(folder_.path());
  const std::string large(64 << 20, '\xff');
  const std::array<Refusal, 1> refusals{Refusal{large, "no"}};
  log.append(kNow, "h", refusals);
  EXPECT_EQ(read("refused.log").size(), RefusedLog::kLimitBytes);
  EXPECT_THAT(read("refused.log"), EndsWith("...\n"));
}

TEST_F(RefusedLogTest, ADirectoryThatIsGoneCostsNothingElse) {
  RefusedLog log(folder_.path() + "/nowhere");
  const std::array<Refusal, 1> refusals{Refusal{"record", "no"}};
  log.append(kNow, "h", refusals);
  EXPECT_EQ(log.path(), "");
  fs::create_directory(folder_.path() + "/nowhere");
  log.append(kNow, "h", refusals);
  EXPECT_EQ(read("nowhere/refused.log"), "2026-11-21T03:41:20Z\th\tno\trecord\n");
}

TEST_F(RefusedLogTest, AFullDiskCostsNothingElse) {
  RefusedLog log(folder_.path());
  const std::array<Refusal, 1> refusals{Refusal{"record", "no"}};
  log.append(kNow, "h", refusals);
  {
    const FullDisk full(50);
    log.append(kNow, "h", refusals);
  }
  log.append(kNow, "h", refusals);
  const std::string line = "2026-11-21T03:41:20Z\th\tno\trecord\n";
  EXPECT_EQ(read("refused.log"), line + line) << "nothing of what did not fit";
}

TEST_F(RefusedLogTest, ALinkIsNotFollowed) {
  fs::create_symlink(folder_.path() + "/elsewhere", folder_.path() + "/refused.log");
  RefusedLog log(folder_.path());
  const std::array<Refusal, 1> refusals{Refusal{"record", "no"}};
  log.append(kNow, "h", refusals);
  EXPECT_EQ(log.path(), "");
  EXPECT_FALSE(fs::exists(folder_.path() + "/elsewhere"));
}

}  // namespace
}  // namespace squid
