#include "sinks/encode/message_pack.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

using namespace std::string_literals;

std::string pack(std::uint64_t value) {
  std::string out;
  MessagePackWriter(out).whole(value);
  return out;
}

std::string pack(std::string_view text) {
  std::string out;
  MessagePackWriter(out).text(text);
  return out;
}

TEST(MessagePack, NumbersAreAsShortAsTheyCanBe) {
  EXPECT_EQ(pack(0), "\0"s);
  EXPECT_EQ(pack(0x7F), "\x7F");
  EXPECT_EQ(pack(0x80), "\xCC\x80");
  EXPECT_EQ(pack(0xFF), "\xCC\xFF");
  EXPECT_EQ(pack(0x100), "\xCD\x01\0"s);
  EXPECT_EQ(pack(0x12345), "\xCE\0\x01\x23\x45"s);
  EXPECT_EQ(pack(0x123456789ABCDEF0), "\xCF\x12\x34\x56\x78\x9A\xBC\xDE\xF0");
}

TEST(MessagePack, TextsAreOfTheOldKind) {
  EXPECT_EQ(pack(""), "\xA0");
  EXPECT_EQ(pack(std::string(31, 'a')), "\xBF" + std::string(31, 'a'));
  EXPECT_EQ(pack(std::string(32, 'a')), "\xDA\0\x20"s + std::string(32, 'a'));
  EXPECT_EQ(pack(std::string(70'000, 'a')), "\xDA\xFF\xFF"s + std::string(65'535, 'a'));
}

TEST(MessagePack, MapsAndArrays) {
  std::string out;
  MessagePackWriter writer(out);
  writer.map(2);
  writer.array(3);
  EXPECT_EQ(out, "\x82\x93");
}

}  // namespace
}  // namespace squid
