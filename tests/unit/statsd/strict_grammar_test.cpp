#include "statsd/strict_grammar.h"

#include "support/statsd_lines.h"

namespace squid::statsd {
namespace {

void expect(std::initializer_list<LineCase> cases) {
  expect_lines(Dialect::kStrict, std::span(cases.begin(), cases.size()));
}

TEST(StrictGrammar, EveryType) {
  expect({
      {"a:1|c", "a c 1"},
      {"a:0|c", "a c 0"},
      {"a:-1|c", "a c -1"},
      {"a:+1|c", "a c 1"},
      {"a:1.5|c", "a c 1.5"},
      {"a:.5|c", "a c 0.5"},
      {"a:5.|c", "a c 5"},
      {"a:1e3|c", "a c 1000"},
      {"a:1E-3|c", "a c 0.001"},
      {"a:123456789012345|c", "a c 123456789012345"},
      {"a:1234567890123456789|c", "a c 1.2345678901234568e+18"},
      {"a:007|c", "a c 7"},
      {"a:1|g", "a g 1"},
      {"a:-1|g", "a g ~-1"},
      {"a:+1|g", "a g ~1"},
      {"a:-0.5|g", "a g ~-0.5"},
      {"a:320|ms", "a ms 320"},
      {"a:320.25|ms", "a ms 320.25"},
      {"a:0|ms", "a ms 0"},
      {"a:320|h", "a ms 320"},
      {"a:-3|h", "a ms -3"},
      {"a:320|d", "a ms 320"},
      {"a:-3|d", "a ms -3"},
      {"a:joe|s", "a s joe"},
      {"a:0|s", "a s 0"},
      {"a:-7|s", "a s -7"},
      {"a:a b|s", "a s a b"},
      {"a:x:y:z|s", "a s x:y:z"},
      {"a:1|c\r", "a c 1"},
      {"a:320|ms\r", "a ms 320"},
      {"a:1|c|@0.5\r", "a c 1 @0.5"},
  });
}

TEST(StrictGrammar, SampleRates) {
  expect({
      {"a:1|c|@0.1", "a c 1 @0.1"},
      {"a:1|c|@.5", "a c 1 @0.5"},
      {"a:1|c|@1", "a c 1"},
      {"a:1|c|@1.0", "a c 1"},
      {"a:1|c|@1e-3", "a c 1 @0.001"},
      {"a:7|ms|@0.25", "a ms 7 @0.25"},
      {"a:7|h|@0.25", "a ms 7 @0.25"},
      {"a:7|d|@0.25", "a ms 7 @0.25"},
      {"a:7|g|@0.25", "a g 7 @0.25"},
      {"a:1|c|@0", "!rate"},
      {"a:1|c|@-0.5", "!rate"},
      {"a:1|c|@2", "!rate"},
      {"a:1|c|@", "!rate"},
      {"a:1|c|@x", "!rate"},
      {"a:1|c|@0.1x", "!rate"},
      {"a:1|c|@nan", "!rate"},
      {"a:1|c|@inf", "!rate"},
      {"a:1|c|@ 0.5", "!rate"},
      {"a:1|c|@0x1", "!rate"},
      {"a:1|c|@0.1|@0.1", "!rate"},
      {"a:1|g|@0", "!rate"},
      {"a:1|c|#x:y|@0.5", "!rate"},
  });
}

TEST(StrictGrammar, SeveralValuesInALine) {
  expect({
      {"q:1|c:2|c:3|c", "q c 1, q c 2, q c 3"},
      {"w:4|g:+5|g", "w g 4, w g ~5"},
      {"foo:1|c:2|c:5|ms", "foo c 1, foo c 2, foo ms 5"},
      {"q:1|c|@0.1:2|c", "q c 1 @0.1, q c 2"},
      {"q:1|c|@0.1:2|c|@0.5", "q c 1 @0.1, q c 2 @0.5"},
      {"q:1|c:x|s", "q c 1, q s x"},
      {"q:1|c:x:y|s", "q c 1, q s x:y"},
      {"p:1:2:3|ms", "p ms 1, p ms 2, p ms 3"},
      {"p:1:2:3|c", "p c 1, p c 2, p c 3"},
      {"p:1:2|g", "p g 1, p g 2"},
      {"p:1:-2|g", "p g 1, p g ~-2"},
      {"p:1:2:3|d|@0.5", "p ms 1 @0.5, p ms 2 @0.5, p ms 3 @0.5"},
      {"p:1::3|h", "p ms 1, p ms 3"},
      {"p::3|h", "p ms 3"},
      {"p:1:|h", "p ms 1"},
      {"p:1:2|ms:3|c", "p ms 1, p ms 2, p c 3"},
      {"p:1:2|ms|#x:y", "p;x=y ms 1, p;x=y ms 2"},
      {"p:1|c:2|ms|#x:y", "p;x=y c 1, p;x=y ms 2"},
      // What is bad leaves its neighbours alone.
      {"p:1:x:3|ms", "p ms 1, !number, p ms 3"},
      {"p:1|c:x|c:3|c", "p c 1, !number, p c 3"},
      {"p:1|zzz:3|c", "!unknown_type, p c 3"},
      {"p:1|c|@9:3|c", "!rate, p c 3"},
      {"p:1|c:3", "p c 1, !no_type"},
      {"p:1|c:", "p c 1, !no_type"},
      {"p:::|c", "!no_value"},
  });
}

TEST(StrictGrammar, Names) {
  expect({
      {"a.b.c:1|c", "a.b.c c 1"},
      {"A-b_C.9:1|c", "A-b_C.9 c 1"},
      {"a b:1|c", "a_b c 1"},
      {"a \t b:1|c", "a_b c 1"},
      {"a/b/c:1|c", "a-b-c c 1"},
      {"a\\b:1|c", "ab c 1"},
      {"a@b!c:1|c", "abc c 1"},
      {"caf\xC3\xA9:1|c", "caf c 1"},
      {".a:1|c", "a c 1"},
      {"a.:1|c", "a c 1"},
      {"a..b:1|c", "a.b c 1"},
      {"..a...b..:1|c", "a.b c 1"},
      {"a.!.b:1|c", "a.b c 1"},
      {"../../etc/passwd:1|c", "-.-etc-passwd c 1"},
      {"constructor:1|ms", "constructor ms 1"},
      {"__proto__:1|ms", "__proto__ ms 1"},
      {"__proto__:1|c", "__proto__ c 1"},
      {"_e:1|c", "_e c 1"},
      {"_sc:1|c", "_sc c 1"},
      {std::string_view("a\0b:1|c", 7), "ab c 1"},
      {"a*{x}?:1|c", "ax c 1"},
      {":1|c", "!name"},
      {".:1|c", "!name"},
      {"...:1|c", "!name"},
      {"!!!:1|c", "!name"},
      {"\xC3\xA9:1|c", "!name"},
  });
}

TEST(StrictGrammar, TagsOfDogStatsD) {
  expect({
      {"a:1|c|#x:y", "a;x=y c 1"},
      {"a:1|c|#x:y,z:w", "a;x=y;z=w c 1"},
      {"a:1|c|#z:w,x:y", "a;x=y;z=w c 1"},
      {"a:1|c|@0.5|#x:y", "a;x=y c 1 @0.5"},
      {"a:1|c|#x", "a;x=true c 1"},
      {"a:1|c|#x:", "a;x=true c 1"},
      {"a:1|c|#x,y:z", "a;x=true;y=z c 1"},
      {"a:1|c|#", "a c 1"},
      {"a:1|c|#,", "a c 1"},
      {"a:1|c|#,x:y,", "a;x=y c 1"},
      {"a:1|c|#url:http://x", "a;url=http:--x c 1"},
      {"a:1|c|#x:a b", "a;x=a_b c 1"},
      {"a:1|c|#x:a;b=c", "a;x=abc c 1"},
      {"a:1|c|#x:1,x:2", "a;x=2 c 1"},
      {"a:1|c|#x:y=z", "a;x=yz c 1"},
      {"a b:1|c|#x:y", "a_b;x=y c 1"},
      {"s:m|s|#x:y", "s;x=y s m"},
      {"a:1|c|#x:\xC3\xA9", "a;x=true c 1"},
      {"a:1|c|#:y", "!tags"},
      {"a:1|c|#x:y|#z:w", "!tags"},
      {"a,x=y:1|c|#z:w", "!tags"},
  });
}

TEST(StrictGrammar, FieldsOfLaterVersions) {
  expect({
      {"a:1|c|c:0123abcd", "a c 1"},
      {"a:1|c|c:ci-0123abcd", "a c 1"},
      {"a:1|c|c:in-1234", "a c 1"},
      {"a:1|c|c:ci-0123,in-1234", "a c 1"},
      {"a:1|c|#x:y|c:0123", "a;x=y c 1"},
      {"a:1|c|c:0123|#x:y", "a;x=y c 1"},
      {"a:1|c|@0.5|c:0123|#x:y", "a;x=y c 1 @0.5"},
      {"a:1|c|T1656581400", "a c 1"},
      {"a:1|g|#x:y|T1656581400", "a;x=y g 1"},
      {"a:1|c|e:it-false,cn-web,pu-0123", "a c 1"},
      {"a:1|c|card:low", "a c 1"},
      {"a:1|c|#x:y|c:ci-1|e:cn-web|card:none|T5", "a;x=y c 1"},
      {"a:1|c|somethingnew:1", "a c 1"},
      {"a:1|c|", "a c 1"},
      {"a:1|c||#x:y", "a;x=y c 1"},
      {"a:1|c|T", "!timestamp"},
      {"a:1|c|T0", "!timestamp"},
      {"a:1|c|T-5", "!timestamp"},
      {"a:1|c|T1x", "!timestamp"},
      {"a:1|c|c:in-x", "!tags"},
      {"a:1|c|c:in-", "!tags"},
      {"a:1|c|c:in-99999999999999999999", "!tags"},
  });
}

TEST(StrictGrammar, TagsInTheName) {
  expect({
      {"a,x=y:1|c", "a;x=y c 1"},
      {"a,x=y,z=w:1|c", "a;x=y;z=w c 1"},
      {"a,z=w,x=y:1|c", "a;x=y;z=w c 1"},
      {"a,x=y:1|c|@0.5", "a;x=y c 1 @0.5"},
      {"a,x=y:1:2|ms", "a;x=y ms 1, a;x=y ms 2"},
      {"a,x:1|c", "a;x=true c 1"},
      {"a,:1|c", "a c 1"},
      {"a#x=y:1|c", "a;x=y c 1"},
      {"a#z=w,x=y:1|c", "a;x=y;z=w c 1"},
      {"a[x=y]:1|c", "a;x=y c 1"},
      {"a[x=y,z=w]:1|c", "a;x=y;z=w c 1"},
      {"a.b[x=y].c:1|c", "a.b.c;x=y c 1"},
      {"a[x=y]b:1|c", "ab;x=y c 1"},
      {"a[]:1|c", "a c 1"},
      {"a;x=y:1|c", "a;x=y c 1"},
      {"a;z=w;x=y:1|c", "a;x=y;z=w c 1"},
      {"a;x=y,z:1|c", "a;x=yz c 1"},
      {"a,x=y;z=w:1|c", "a;x=yzw c 1"},
      {"a b,x=y z:1|c", "a_b;x=y_z c 1"},
      {"a[x=y:1|c", "!tags"},
      {"a,=y:1|c", "!tags"},
      {"a;=y:1|c", "!tags"},
      {"a#=y:1|c", "!tags"},
      {",x=y:1|c", "!name"},
      {";x=y:1|c", "!name"},
      {"[x=y]:1|c", "!name"},
      {"#x=y:1|c", "!name"},
  });
}

TEST(StrictGrammar, WhatIsNoMetric) {
  expect({
      {"foo", "!no_value"},
      {"foo|c", "!no_value"},
      {" ", "!no_value"},
      {"\r", "!no_value"},
      {"|", "!no_value"},
      {":", "!name"},
      {"a:", "!no_type"},
      {"a:1", "!no_type"},
      {"a:|", "!no_type"},
      {"a:1|", "!no_type"},
      {"a:1||@0.1", "!no_type"},
      {"a:|c", "!no_value"},
      {"a:|g", "!no_value"},
      {"a:|s", "!no_value"},
      {"x:|g", "!no_value"},
      {"a:1|x", "!unknown_type"},
      {"a:1|m", "!unknown_type"},
      {"a:1|kv", "!unknown_type"},
      {"a:1|C", "!unknown_type"},
      {"a:1|MS", "!unknown_type"},
      {"a:1|cc", "!unknown_type"},
      {"a:1| c", "!unknown_type"},
      {"a:1|c ", "!unknown_type"},
      {"a:x|c", "!number"},
      {"a:1x|c", "!number"},
      {"a: 1|c", "!number"},
      {"a:1 |c", "!number"},
      {"a:1,5|c", "!number"},
      {"a:0x10|c", "!number"},
      {"a:nan|c", "!number"},
      {"a:NaN|g", "!number"},
      {"a:inf|c", "!number"},
      {"a:-inf|g", "!number"},
      {"a:Infinity|ms", "!number"},
      {"a:1e999|c", "!number"},
      {"a:-1e999|g", "!number"},
      {"a:+|g", "!number"},
      {"a:-|c", "!number"},
      {"a:--1|c", "!number"},
      {"a:+-1|g", "!number"},
      {"a:.|c", "!number"},
      {"a:1e|c", "!number"},
      {"a:1.2.3|c", "!number"},
      {"a:-5|ms", "!number"},
      {"a:-5|ms\r", "!number"},
      {"\xAA\x01\x02", "!no_value"},
      {"GET / HTTP/1.1\r", "!no_value"},
      {"Host: localhost\r", "!no_type"},
  });
}

TEST(StrictGrammar, LimitsAreOnWhatTheKeyTakes) {
  const std::string longest(kLongestKey, 'x');
  EXPECT_EQ(read_line(Dialect::kStrict, longest + ":1|c"), longest + " c 1");
  EXPECT_EQ(read_line(Dialect::kStrict, longest + "x:1|c"), "!too_long");
  EXPECT_EQ(read_line(Dialect::kStrict, "/" + longest + ":1|c"), "!too_long");
  EXPECT_EQ(read_line(Dialect::kStrict, longest + ":1|c|#x:y"), "!too_long");
  std::string tags;
  for (std::size_t i = 0; i < Tags::kMost; ++i) tags += "t" + std::to_string(i) + ",";
  EXPECT_EQ(read_line(Dialect::kStrict, "a:1|c|#" + tags).substr(0, 15), "a;t0=true;t1=tr");
  EXPECT_EQ(read_line(Dialect::kStrict, "a:1|c|#" + tags + "more"), "!tags");
}

TEST(StrictGrammar, TellsWhoTheSenderSaysItIs) {
  LineParser parser(Dialect::kStrict);
  parser.begin("a:1|c|c:ci-0123abcd,in-1234|e:it-false,cn-web,pu-77-88");
  EXPECT_EQ(parser.claim().container_id, "0123abcd");
  EXPECT_EQ(parser.claim().cgroup_inode, 1234U);
  EXPECT_EQ(parser.claim().container_name, "web");
  EXPECT_EQ(parser.claim().pod_uid, "77-88");
  parser.begin("a:1|c|c:0123abcd");
  EXPECT_EQ(parser.claim().container_id, "0123abcd");
  EXPECT_EQ(parser.claim().cgroup_inode, 0U);
  parser.begin("a:1|c");
  EXPECT_TRUE(parser.claim().container_id.empty());
}

TEST(StrictGrammar, AnEventMakesNoClaimOfTheLineBefore) {
  LineParser parser(Dialect::kStrict);
  parser.begin("a:1|c|c:0123abcd");
  parser.begin("_e{1,1}:a|b");
  EXPECT_TRUE(parser.claim().container_id.empty());
}

}  // namespace
}  // namespace squid::statsd
