#include "net/http_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <utility>

#include "core/version.h"
#include "net/basic_auth.h"
#include "net/gzip.h"

namespace squid {

namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t kHeaderBytes = 16 * 1024;
constexpr std::uint64_t kBodyBytes = 64 * 1024;
// A batch with more bad records than this is bad altogether, and its rest is not tried.
constexpr std::uint64_t kMostRefusals = 100;
constexpr std::size_t kQuoted = 200;
constexpr std::chrono::seconds kLongestWait{300};

// Seconds; a date, which clocks that differ make useless, is none.
std::chrono::milliseconds parse_retry_after(std::string_view text) {
  unsigned seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return std::min<std::chrono::milliseconds>(std::chrono::seconds(seconds), kLongestWait);
}

// What a person has to set right; it is no fault of the records.
std::string_view advice(unsigned status) {
  if (status == 401 || status == 403) return "; check user and password in the address";
  if (status == 404 || status == 405) return "; check the path of the address, and which the server knows";
  if (status == 407) return "; check user and password of the proxy";
  if (status >= 300 && status < 400) return "; redirections are not followed, write the right address";
  return "";
}

}  // namespace

struct HttpExchange::Parser {
  Parser() {
    response.header_limit(kHeaderBytes);
    response.body_limit(kBodyBytes);
    response.eager(true);
  }
  // What it answered, for a person: the reason where the first line of the body is none, as on a web page.
  std::string text() const {
    const auto& answer = response.get();
    std::string_view said = std::string_view(answer.body()).substr(0, answer.body().find_first_of("\r\n"));
    if (said.empty() || said.starts_with('<')) said = {answer.reason().data(), answer.reason().size()};
    return fmt::format("answered {} {}", answer.result_int(), said.substr(0, kQuoted));
  }
  http::response_parser<http::string_body> response;
  std::string unread;
};

HttpExchange::HttpExchange(HttpPost post) : post_(std::move(post)) {
  header_ = fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: squid-bpf/{}\r\nContent-Type: {}\r\n",
                        post_.target, post_.host, kVersion, post_.content_type);
  if (!post_.user.empty() || !post_.password.empty())
    header_.append("Authorization: ").append(basic_auth(post_.user, post_.password)).append("\r\n");
  if (!post_.proxy_authorization.empty())
    header_.append("Proxy-Authorization: ").append(post_.proxy_authorization).append("\r\n");
}

HttpExchange::~HttpExchange() = default;

std::string HttpExchange::greet() {
  parser_ = std::make_unique<Parser>();
  return "";
}

void HttpExchange::begin(const std::string& batch) {
  records_.clear();
  for (std::string_view rest = batch; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    records_.push_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  parts_.clear();
  const std::size_t count = (records_.size() + post_.most_records - 1) / post_.most_records;
  for (std::size_t part = std::max<std::size_t>(count, 1); part-- > 0;)
    parts_.push_back({part * post_.most_records, std::min((part + 1) * post_.most_records, records_.size())});
  result_ = ServerAnswer{};
  packs_ = post_.gzip;
  not_packed_.clear();
}

std::string HttpExchange::request() {
  parser_ = std::make_unique<Parser>();
  const Part part = parts_.back();
  std::string body = post_.head;
  for (std::size_t i = part.first; i < part.last; ++i) {
    if (i > part.first) body += post_.separator;
    body += records_[i];
  }
  body += post_.tail;
  if (packs_) body = pack_gzip(body);
  return fmt::format("{}{}Content-Length: {}\r\n\r\n{}", header_, packs_ ? "Content-Encoding: gzip\r\n" : "",
                     body.size(), body);
}

ServerAnswer HttpExchange::take(std::string_view bytes) {
  std::string& unread = parser_->unread;
  unread.append(bytes);
  while (!unread.empty() && !parser_->response.is_done()) {
    boost::system::error_code error;
    const std::size_t used = parser_->response.put(boost::asio::buffer(unread), error);
    unread.erase(0, used);
    if (error == http::error::need_more) break;
    if (error) return {.verdict = Verdict::kRetry, .problem = "does not speak HTTP: " + error.message()};
  }
  return parser_->response.is_done() ? judge() : ServerAnswer{};
}

// Of a body without a length, and without pieces that have one, this is the end.
ServerAnswer HttpExchange::end() {
  if (!parser_->response.got_some()) return {};
  boost::system::error_code incomplete;
  parser_->response.put_eof(incomplete);
  return !incomplete && parser_->response.is_done() ? judge() : ServerAnswer{};
}

ServerAnswer HttpExchange::judge() {
  const auto& response = parser_->response.get();
  const unsigned status = response.result_int();
  const bool last = !response.keep_alive();
  const bool passing = status < 200 || status >= 500 || status == 408 || status == 425 || status == 429;
  if (passing || !advice(status).empty()) {
    const auto after = response[http::field::retry_after];
    return {.verdict = Verdict::kRetry,
            .problem = parser_->text() + std::string(advice(status)),
            .wait = parse_retry_after({after.data(), after.size()})};
  }
  if (status < 400)
    part_taken();
  else if (!unpack(status))
    part_refused();
  ServerAnswer answer = part_done();
  answer.last = last;
  return answer;
}

ServerAnswer HttpExchange::part_done() {
  if (!parts_.empty()) return {.verdict = Verdict::kNext};
  result_.verdict = Verdict::kConfirmed;
  return std::exchange(result_, ServerAnswer{});
}

void HttpExchange::part_taken() {
  parts_.pop_back();
  if (packs_)
    unpacks_ = true;
  else if (result_.problem.empty())
    result_.problem = not_packed_;
}

bool HttpExchange::unpack(unsigned status) {
  constexpr unsigned kUnsupportedMediaType = 415;
  if (!packs_ || (unpacks_ && status != kUnsupportedMediaType)) return false;
  packs_ = false;
  not_packed_ =
      fmt::format("{} to a packed request and takes it as it is; leave out gzip=yes", parser_->text());
  return true;
}

void HttpExchange::part_refused() {
  const Part part = parts_.back();
  parts_.pop_back();
  if (part.last - part.first <= 1) {
    refuse(part, parser_->text());
  } else {
    const std::size_t middle = part.first + (part.last - part.first) / 2;
    parts_.push_back({middle, part.last});
    parts_.push_back({part.first, middle});
  }
  if (result_.refused.size() < kMostRefusals) return;
  const std::string untried = fmt::format("not tried after {} that were refused", kMostRefusals);
  for (; !parts_.empty(); parts_.pop_back()) refuse(parts_.back(), untried);
}

void HttpExchange::refuse(const Part& part, const std::string& reason) {
  for (std::size_t i = part.first; i < part.last; ++i) {
    if (result_.problem.empty())
      result_.problem = fmt::format("{} to {}", reason, records_[i].substr(0, kQuoted));
    result_.refused.push_back({records_[i], reason});
  }
}

}  // namespace squid
