#include "pipeline/statsd_settings.h"

#include <gtest/gtest.h>

#include <cmath>

namespace squid {
namespace {

std::string why_not(const Options::Statsd& statsd) {
  Options options;
  options.statsd = statsd;
  const auto settings = compute_statsd_settings(options);
  return settings ? "" : settings.error().message;
}

TEST(StatsdSettings, OptionsBecomeSettings) {
  Options options;
  options.flush = std::chrono::seconds(15);
  options.statsd = {.dialect = "reference",
                    .names = "new",
                    .prefix = "",
                    .origin = "tag",
                    .percentiles = {50, -10},
                    .histograms = {"web=0.5,10.0,inf", "db=", "=1e3"},
                    .delete_idle = {"gauges", "sets"},
                    .gauge_ttl = 3,
                    .no_counts = true};
  const auto settings = compute_statsd_settings(options);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->dialect, statsd::Dialect::kReference);
  EXPECT_EQ(settings->origin, statsd::OriginPlace::kTag);
  EXPECT_EQ(settings->names.style, statsd::NameStyle::kNew);
  EXPECT_EQ(settings->percentiles, (std::vector<double>{50, -10}));
  ASSERT_EQ(settings->histograms.size(), 3U);
  EXPECT_EQ(settings->histograms[0].match, "web");
  EXPECT_EQ(settings->histograms[0].bins[0].name, "bin_0_5");
  EXPECT_EQ(settings->histograms[0].bins[1].name, "bin_10");
  EXPECT_EQ(settings->histograms[0].bins[2].name, "bin_inf");
  EXPECT_TRUE(std::isinf(settings->histograms[0].bins[2].bound));
  EXPECT_TRUE(settings->histograms[1].bins.empty()) << "what it matches has none";
  EXPECT_EQ(settings->histograms[2].bins[0].name, "bin_1000");
  EXPECT_FALSE(settings->delete_counters);
  EXPECT_TRUE(settings->delete_gauges);
  EXPECT_TRUE(settings->delete_sets);
  EXPECT_FALSE(settings->ship_counts);
  EXPECT_EQ(settings->flush_s, 15);
}

TEST(StatsdSettings, GstatsdForgetsEverything) {
  Options options;
  options.statsd.names = "gstatsd";
  const auto settings = compute_statsd_settings(options);
  ASSERT_TRUE(settings);
  EXPECT_TRUE(settings->delete_counters && settings->delete_timers && settings->delete_gauges);
}

TEST(StatsdSettings, SaysWhatIsWrong) {
  EXPECT_NE(why_not({.prefix = "a b"}).find("--statsd-prefix 'a b'"), std::string::npos);
  EXPECT_NE(why_not({.suffix = ".x"}).find("--statsd-suffix"), std::string::npos);
  EXPECT_NE(why_not({.percentiles = {0}}).find("--statsd-percent 0"), std::string::npos);
  EXPECT_NE(why_not({.histograms = {"1,2"}}).find("it has no bounds"), std::string::npos);
  EXPECT_NE(why_not({.histograms = {"a=1,x"}}).find("'x' is no number"), std::string::npos);
  EXPECT_NE(why_not({.histograms = {"a=2,1"}}).find("the bounds must rise"), std::string::npos);
}

}  // namespace
}  // namespace squid
