#include "resolvers/host_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "support/temp_dir.h"

namespace squid {
namespace {

using testing::HasSubstr;

class HostFile : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(at(path)).parent_path());
    std::ofstream(at(path)) << text;
  }
  std::string at(const std::string& path) const { return root_.path() + path; }

  TempDir root_;
};

TEST_F(HostFile, ReadsBelowTheRoot) {
  write("/etc/thing.json", "{}");
  const auto text = read_host_file(root_.path(), "/etc/thing.json");
  ASSERT_TRUE(text.has_value()) << text.error().message;
  EXPECT_EQ(*text, "{}");
  EXPECT_EQ(read_host_file(root_.path(), "etc/thing.json").value(), "{}");
}

TEST_F(HostFile, ReadsFilesOfTheKernel) {
  EXPECT_THAT(read_host_file("/proc", "self/status").value(), HasSubstr("Name:"));
}

TEST_F(HostFile, AMissingFileSaysSo) {
  const auto text = read_host_file(root_.path(), "/etc/thing.json");
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, ENOENT);
  EXPECT_THAT(text.error().message, HasSubstr("/etc/thing.json"));
  EXPECT_FALSE(read_host_file(root_.path() + "/nowhere", "/x").has_value());
}

TEST_F(HostFile, LinksLeadNowhereOutsideOfTheRoot) {
  write("/real/secret", "inside");
  std::filesystem::create_directory_symlink("/real", at("/absolute"));
  std::filesystem::create_symlink("../../../../../../etc/passwd", at("/escape"));
  std::filesystem::create_symlink("/etc/hostname", at("/host"));
  EXPECT_EQ(read_host_file(root_.path(), "/absolute/secret").value(), "inside")
      << "an absolute link means the owner's root";
  EXPECT_FALSE(read_host_file(root_.path(), "/escape").has_value());
  EXPECT_FALSE(read_host_file(root_.path(), "/host").has_value());
  EXPECT_FALSE(read_host_file(root_.path(), "/../../../../../../etc/passwd").has_value());
}

TEST_F(HostFile, OnlyRegularFiles) {
  write("/directory/file", "x");
  ASSERT_EQ(mkfifo(at("/pipe").c_str(), 0600), 0);
  EXPECT_THAT(read_host_file(root_.path(), "/directory").error().message, HasSubstr("not a regular file"));
  EXPECT_THAT(read_host_file(root_.path(), "/pipe").error().message, HasSubstr("not a regular file"));
  EXPECT_THAT(read_host_file("/", "/dev/zero").error().message, HasSubstr("not a regular file"));
}

TEST_F(HostFile, AStampTellsThatAFileWasReplaced) {
  write("/list", "one");
  const auto before = stamp_host_file(root_.path(), "/list");
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(stamp_host_file(root_.path(), "/list").value(), *before);
  write("/list.new", "two");
  std::filesystem::rename(at("/list.new"), at("/list"));
  EXPECT_NE(stamp_host_file(root_.path(), "/list").value(), *before);
  std::filesystem::remove(at("/list"));
  EXPECT_EQ(stamp_host_file(root_.path(), "/list").error().code, ENOENT);
}

TEST_F(HostFile, WhatIsBelowALinkHasNotChangedEither) {
  write("/data/names", "one");
  // Inside the root it leads to /data, from outside to nowhere.
  std::filesystem::create_symlink("/data", at("/link"));
  for (const std::string path : {"/data/names", "/link/names"}) {
    NameFile file{root_.path(), path, stamp_host_file(root_.path(), path).value()};
    EXPECT_FALSE(has_changed(file)) << path;
    file.stamp.bytes += 1;
    EXPECT_TRUE(has_changed(file)) << path;
  }
  const NameFile gone{root_.path(), "/data/gone", stamp_host_file(root_.path(), "/data/names").value()};
  EXPECT_TRUE(has_changed(gone));
}

TEST_F(HostFile, ListsDirectoriesAndNothingElse) {
  write("/folder/one", "");
  std::filesystem::create_symlink("/nowhere", at("/folder/two"));
  EXPECT_THAT(list_host_directory(root_.path(), "/folder").value(),
              testing::UnorderedElementsAre("one", "two"));
  ASSERT_EQ(mkfifo(at("/pipe").c_str(), 0600), 0);
  EXPECT_FALSE(list_host_directory(root_.path(), "/pipe").has_value()) << "and does not wait for it";
  EXPECT_FALSE(list_host_directory(root_.path(), "/gone").has_value());
  EXPECT_TRUE(is_host_directory(root_.path(), "/folder"));
  EXPECT_FALSE(is_host_directory(root_.path(), "/folder/one"));
  EXPECT_FALSE(is_host_directory(root_.path(), "/gone"));
}

TEST_F(HostFile, SizeHasALimit) {
  write("/fits", std::string(kLongestHostFileBytes, 'x'));
  write("/too-large", std::string(kLongestHostFileBytes + 1, 'x'));
  EXPECT_EQ(read_host_file(root_.path(), "/fits").value().size(), kLongestHostFileBytes);
  EXPECT_THAT(read_host_file(root_.path(), "/too-large").error().message, HasSubstr("larger than"));
}

}  // namespace
}  // namespace squid
