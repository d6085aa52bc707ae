// What the load endpoint answers: the paths of gstatsd's load sink.
#pragma once

#include <string_view>

#include "net/http_server.h"
#include "statsd/load_frames.h"

namespace squid::statsd {

// "/5" are the last five minutes, the current one as far as it has come; "/5/full" the five before that one;
// "/" is "/1".
HttpAnswer answer_load(const LoadFrames& frames, std::string_view target);

}  // namespace squid::statsd
