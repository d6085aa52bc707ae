#include "net/redis_exchange.h"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <utility>
#include <vector>

namespace squid {
namespace {

// An answer to one of our commands is a number, an id or one line. Somebody who sends more is no Redis.
constexpr std::size_t kAnswerBytes = 64 * 1024;
constexpr std::size_t kLongestReason = 200;

// The server does not take it now, or not this server, or not from us: all that time or a person mends.
constexpr auto kPassing =
    std::to_array<std::string_view>({"OOM", "READONLY", "LOADING", "NOAUTH", "WRONGPASS", "NOPERM", "DENIED",
                                     "MASTERDOWN", "BUSY", "MISCONF", "TRYAGAIN", "CLUSTERDOWN", "NOREPLICAS",
                                     "ERR max number of clients", "ERR Protocol error", "UNBLOCKED"});
constexpr std::string_view kOutdated = "ERR The ID specified in XADD is equal or smaller";

bool begins_with_one_of(std::string_view text, const auto& words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return text.starts_with(word); });
}

// The number behind the character at `position`; moves behind the end of its line.
std::size_t take_length(std::string_view text, std::size_t& position) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data() + position + 1, text.data() + text.size(), length);
  position = static_cast<std::size_t>(end - text.data()) + 2;
  return error == std::errc{} ? length : 0;
}

// Of commands in RESP: the number of arguments, then each with its length.
std::vector<std::string_view> split_commands(std::string_view batch) {
  std::vector<std::string_view> commands;
  for (std::size_t position = 0; position < batch.size();) {
    const std::size_t begin = position;
    for (std::size_t arguments = take_length(batch, position); arguments > 0 && position < batch.size();
         --arguments)
      position += take_length(batch, position) + 2;
    commands.push_back(batch.substr(begin, position - begin));
  }
  return commands;
}

void append_command(std::string& out, std::initializer_list<std::string_view> arguments) {
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  for (const std::string_view argument : arguments) {
    texts.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  char* command = nullptr;
  const int length =
      redisFormatCommandArgv(&command, static_cast<int>(texts.size()), texts.data(), lengths.data());
  if (length > 0) out.append(command, static_cast<std::size_t>(length));
  redisFreeCommand(command);
}

struct FreeReply {
  void operator()(void* reply) const { freeReplyObject(reply); }
};

}  // namespace

void RedisExchange::FreeReader::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

RedisExchange::RedisExchange(RedisLogin login) : login_(std::move(login)) {}

std::string RedisExchange::greet() {
  reader_.reset(redisReaderCreate());
  unread_bytes_ = 0;
  std::string commands;
  if (!login_.password.empty() && login_.user.empty())
    append_command(commands, {"AUTH", login_.password});
  else if (!login_.password.empty())
    append_command(commands, {"AUTH", login_.user, login_.password});
  if (login_.database != 0) append_command(commands, {"SELECT", std::to_string(login_.database)});
  greeting_ = true;
  expected_ = split_commands(commands).size();
  return commands;
}

void RedisExchange::begin(const std::string& batch) {
  batch_ = &batch;
  commands_ = split_commands(batch);
}

std::string RedisExchange::request() {
  greeting_ = false;
  expected_ = commands_.size();
  result_ = ServerAnswer{};
  return *batch_;
}

ServerAnswer RedisExchange::take(std::string_view bytes) {
  unread_bytes_ += bytes.size();
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
  while (expected_ > 0) {
    void* raw = nullptr;
    if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK)
      return {.verdict = Verdict::kRetry, .problem = "does not speak Redis' protocol"};
    if (raw == nullptr) {
      if (unread_bytes_ <= kAnswerBytes) return {};
      return {.verdict = Verdict::kRetry, .problem = "sends an answer that is too long"};
    }
    const std::unique_ptr<void, FreeReply> owner(raw);
    const auto* reply = static_cast<const redisReply*>(raw);
    unread_bytes_ = 0;
    const std::string_view command = greeting_ ? "" : commands_[commands_.size() - expected_];
    --expected_;
    if (reply->type != REDIS_REPLY_ERROR) continue;
    ServerAnswer judged = judge_error(command, {reply->str, static_cast<std::size_t>(reply->len)});
    if (judged.verdict == Verdict::kRetry) return judged;
  }
  return finish();
}

ServerAnswer RedisExchange::judge_error(std::string_view command, std::string_view error) {
  if (greeting_ || begins_with_one_of(error, kPassing))
    return {.verdict = Verdict::kRetry, .problem = std::string(error)};
  if (error.starts_with(kOutdated)) {
    result_.outdated.push_back({command, std::string(error)});
    return {};
  }
  result_.refused.push_back({command, std::string(error.substr(0, kLongestReason))});
  if (!result_.problem.empty()) return {};
  result_.problem = error;
  if (error.starts_with("MOVED") || error.starts_with("ASK"))
    result_.problem += " (a cluster: its redirections are not followed, give the address of a proxy)";
  return {};
}

ServerAnswer RedisExchange::finish() {
  if (greeting_) return {.verdict = Verdict::kReady};
  result_.verdict = Verdict::kConfirmed;
  return std::exchange(result_, ServerAnswer{});
}

}  // namespace squid
