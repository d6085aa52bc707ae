// A tunnel to a server through an HTTP proxy (CONNECT): what is asked for, what the answer means, and the
// asking itself, on a socket that is connected to the proxy.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "net/proxy.h"

namespace squid {

std::string tunnel_request(const HostPort& server, const Proxy& proxy);
// `answer` is what came up to the end of its header.
Result<void> judge_tunnel_answer(std::string_view answer);

// What `done` holds has to keep the socket alive.
void open_tunnel(boost::asio::generic::stream_protocol::socket& socket, const HostPort& server,
                 const Proxy& proxy, std::function<void(Result<void>)> done);

}  // namespace squid
