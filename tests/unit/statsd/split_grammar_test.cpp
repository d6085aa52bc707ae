#include "statsd/split_grammar.h"

#include "support/statsd_lines.h"

namespace squid::statsd {
namespace {

void expect(Dialect dialect, std::initializer_list<LineCase> cases) {
  expect_lines(dialect, std::span(cases.begin(), cases.size()));
}

TEST(ReferenceGrammar, ReadsWhatTheReferenceReads) {
  expect(Dialect::kReference, {
                                  {"a:1|c", "a c 1"},
                                  {"q:1|c:2|c:3|c", "q c 1, q c 2, q c 3"},
                                  {"w:4|g:+5|g", "w g 4, w g ~5"},
                                  {"a:-5|g", "a g ~-5"},
                                  {"a: -5|g", "a g -5"},
                                  {":1|c", " c 1"},
                                  {"a:1||@0.1", "a c 1 @0.1"},
                                  {"x:1|", "x c 1"},
                                  {"x:1|h", "x c 1"},
                                  {"x:1|d", "x c 1"},
                                  {"x:1|m", "x c 1"},
                                  {"x:1|kv", "x c 1"},
                                  {"x:1|C", "x c 1"},
                                  {"x:1|zzz", "x c 1"},
                                  {"x:1| c ", "x c 1"},
                                  {"x:7| ms", "x ms 7"},
                                  {"x:7| g", "x g 7"},
                                  {"x:1|c\r", "x c 1"},
                                  {"x:0x10|c", "x c 16"},
                                  {"x:0b11|c", "x c 3"},
                                  {"x:0o17|c", "x c 15"},
                                  {"x:1e3|c", "x c 1000"},
                                  {"x:.5|c", "x c 0.5"},
                                  {"x: 5 |c", "x c 5"},
                                  {"x: |c", "x c 0"},
                                  {"x:1e-400|g", "x g 0"},
                                  {"x:-.1e-400|g", "x g ~0"},
                                  {"x:1|c|@1e-400", "x c 1"},
                                  {"x:+5|ms", "x ms 5"},
                                  {"x:-5|ms\r", "x ms -5"},
                                  {"x:-5|h", "x c -5"},
                                  {"s:|s", "s s 0"},
                                  {"s:a|s", "s s a"},
                                  {"s:a:b|s", "!no_type, s s b"},
                                  {"s:12|s ", "s s 12"},
                                  {"x:1|c|@.5", "x c 1 @0.5"},
                                  {"x:1|c|@2", "x c 1 @2"},
                                  {"x:1|c|@1e-3", "x c 1"},
                                  {"x:1|c|@0.5|junk", "x c 1 @0.5"},
                                  {"x:1|g|@0", "x g 1 @0"},
                                  {"p:1:2:3|ms", "!no_type, !no_type, p ms 3"},
                                  {"constructor:1|ms", "constructor ms 1"},
                                  {"__proto__:1|c", "__proto__ c 1"},
                                  {"_e{5,4}:title|text", "!number"},
                              });
}

TEST(ReferenceGrammar, CleansNamesAndTags) {
  expect(Dialect::kReference, {
                                  {"a b  c:1|c", "a_b_c c 1"},
                                  {"a/b:1|c", "a-b c 1"},
                                  {"a!b@c:1|c", "abc c 1"},
                                  {"caf\xC3\xA9:1|c", "caf c 1"},
                                  {".a..b.:1|c", ".a..b. c 1"},
                                  {"a;x=y:1|c", "a;x=y c 1"},
                                  {"a:1|c|#x:y", "a;x=y c 1"},
                                  {"a:1|c|#z:w,x:y", "a;z=w;x=y c 1"},
                                  {"a:1|c|#x:y|c:abc", "a;x=ycabc c 1"},
                                  {"a:1|c|#x:y|T123", "a;x=yT123 c 1"},
                                  {"a:1|c|#x", "a;x c 1"},
                                  {"a:1|c|#", "a c 1"},
                                  {"a:1|c|#x:a;b;c:d", "a;x=a_b;cd c 1"},
                                  {"a:1|c|#a;b:c", "a;a_b=c c 1"},
                                  {"a:1|c|#x:y|#z:w", "a;x=y c 1"},
                                  {"a:1|c|@0.5|#x:y", "a;x=y c 1 @0.5"},
                                  {"a,x=y:1|c", "ax=y c 1"},
                              });
}

TEST(ReferenceGrammar, RefusesWhatTheReferenceRefuses) {
  expect(Dialect::kReference, {
                                  {"foo", "!no_value"},
                                  {"foo|c", "!no_value"},
                                  {"a:1", "!no_type"},
                                  {"a:", "!no_type"},
                                  {"a:|c", "!number"},
                                  {"a:|ms", "!number"},
                                  {"a:x|c", "!number"},
                                  {"a:NaN|c", "!number"},
                                  {"a:1,5|c", "!number"},
                                  {"a:-0x10|c", "!number"},
                                  {"a:0x|c", "!number"},
                                  {"a:0b2|c", "!number"},
                                  {"a:-5|ms", "!number"},
                                  {"a:x|s ", "!number"},
                                  {"a:1|c|@", "!rate"},
                                  {"a:1|c|", "!rate"},
                                  {"a:1|c|0.5", "!rate"},
                                  {"a:1|c|@x", "!rate"},
                                  {"a:1|c|@-1", "!rate"},
                                  {"a:1|g|@x", "!rate"},
                                  {"a:m|s|@x", "!rate"},
                                  {"a:1|c|c:abc", "!rate, !no_type"},
                                  {"a:1|c:x|c", "a c 1, !number"},
                              });
}

// Its crashes, and what it would ship as Infinity or NaN.
TEST(ReferenceGrammar, RefusesWhatBreaksTheReference) {
  expect(Dialect::kReference, {
                                  {"a:Infinity|c", "!number"},
                                  {"a:-Infinity|g", "!number"},
                                  {"a:1e999|c", "!number"},
                                  {"a:1|c|@0", "!rate"},
                                  {"a:1|ms|@0", "!rate"},
                                  {"a:1|c|@0x10", "!rate"},
                                  {"a:1|c|@+1", "!rate"},
                                  {"a:1|c|@ 1", "!rate"},
                                  {"a:1|c|@Infinity", "!rate"},
                                  {"a:1e308|c|@0.01", "!rate"},
                              });
}

TEST(GstatsdGrammar, ReadsWhatGstatsdReads) {
  expect(Dialect::kGstatsd, {
                                {"foo:1|c", "foo c 1"},
                                {"foo:1|c:2|c:5|ms", "foo c 1, foo c 2, foo ms 5"},
                                {"foo:|c", "foo c 1"},
                                {"foo:|ms", "foo ms 0"},
                                {"foo:|g", "foo g 1"},
                                {"foo:1|c|@.5", "foo c 1 @0.5"},
                                {"foo:1|c|@.5|x", "foo c 1"},
                                {"foo:1|c|.5", "foo c 1"},
                                {"foo:7|ms|@.5", "foo ms 7"},
                                {"foo:-7|ms", "foo ms -7"},
                                {"foo:+3|g", "foo g 3"},
                                {"foo:-2|g", "foo g -2"},
                                {"foo: 5 |c", "foo c 5"},
                                {"foo/bar:1|c", "foo_bar c 1"},
                                {"\t\n#! foo . bar \x01 ^:1|c", "foo.bar c 1"},
                                {":1|c", " c 1"},
                                {"a:1|c|#x:y", "a c 1, !no_type"},
                            });
}

TEST(GstatsdGrammar, CountsWhatGstatsdPassesOverOrFailsOn) {
  expect(Dialect::kGstatsd, {
                                {"foo", "!no_value"},
                                {"foo:1", "!no_type"},
                                {"foo:1|s", "!unknown_type"},
                                {"foo:1|h", "!unknown_type"},
                                {"foo:1|c ", "!unknown_type"},
                                {"foo:xx|c", "!number"},
                                {"foo:nan|c", "!number"},
                                {"foo:inf|g", "!number"},
                                {"foo:1|c|@0", "!rate"},
                                {"foo:1|c|@x", "!rate"},
                                {"foo:1|c:xx|c:2|c", "foo c 1, !number, foo c 2"},
                            });
}

TEST(SplitGrammar, RefusesKeysThatAreTooLong) {
  const std::string too_long(kLongestKey + 1, 'x');
  EXPECT_EQ(read_line(Dialect::kReference, too_long + ":1|c"), "!too_long");
  EXPECT_EQ(read_line(Dialect::kGstatsd, too_long + ":1|c"), "!too_long");
  EXPECT_EQ(read_line(Dialect::kReference, "a:1|c|#" + too_long), "!too_long");
}

}  // namespace
}  // namespace squid::statsd
