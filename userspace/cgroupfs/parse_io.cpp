#include "cgroupfs/parse_io.h"

#include <array>
#include <optional>
#include <utility>

#include "cgroupfs/parse.h"
#include "cgroupfs/words.h"

namespace squid {
namespace {

struct Field {
  std::string_view key;
  Reading CgroupSample::*member;
};

// "8:16"; nothing for what is no device, as the line "(unknown)" of some kernels and the sum "Total".
std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_device(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const Reading major = parse_number(text.substr(0, colon));
  const Reading minor = parse_number(text.substr(colon + 1));
  if (!major || !minor || *major > UINT32_MAX || *minor > UINT32_MAX) return std::nullopt;
  return std::pair{static_cast<std::uint32_t>(*major), static_cast<std::uint32_t>(*minor)};
}

void add(std::string_view digits, const Field& field, CgroupSample& sample) {
  const Reading number = parse_number(digits);
  Reading& sum = sample.*field.member;
  std::uint64_t total = 0;
  if (number && !__builtin_add_overflow(sum.value_or(0), *number, &total)) sum = total;
}

// A cgroup that did no I/O has no lines: it read and wrote nothing.
template <std::size_t N>
void start_at_zero(const std::array<Field, N>& fields, CgroupSample& sample) {
  for (const Field& field : fields) sample.*field.member = 0;
}

// Lines "8:0 Read 4096".
template <std::size_t N>
void parse_v1(std::string_view text, const DeviceFilter& counts, const std::array<Field, N>& fields,
              CgroupSample& sample) {
  start_at_zero(fields, sample);
  while (!text.empty()) {
    std::string_view line = next_word(text, '\n');
    const auto device = parse_device(next_word(line, ' '));
    if (!device || !counts(device->first, device->second)) continue;
    const std::string_view operation = next_word(line, ' ');
    for (const Field& field : fields)
      if (field.key == operation) add(line, field, sample);
  }
}

using S = CgroupSample;

}  // namespace

void parse_io_stat(std::string_view text, const DeviceFilter& counts, CgroupSample& sample) {
  static constexpr auto kFields = std::to_array<Field>({{"rbytes", &S::io_read_bytes},
                                                        {"wbytes", &S::io_write_bytes},
                                                        {"dbytes", &S::io_discard_bytes},
                                                        {"rios", &S::io_reads},
                                                        {"wios", &S::io_writes},
                                                        {"dios", &S::io_discards}});
  start_at_zero(kFields, sample);
  while (!text.empty()) {
    std::string_view line = next_word(text, '\n');
    const auto device = parse_device(next_word(line, ' '));
    if (!device || !counts(device->first, device->second)) continue;
    while (!line.empty()) {
      std::string_view pair = next_word(line, ' ');
      const std::string_view key = next_word(pair, '=');
      for (const Field& field : kFields)
        if (field.key == key) add(pair, field, sample);
    }
  }
}

void parse_io_service_bytes(std::string_view text, const DeviceFilter& counts, CgroupSample& sample) {
  static constexpr auto kFields = std::to_array<Field>(
      {{"Read", &S::io_read_bytes}, {"Write", &S::io_write_bytes}, {"Discard", &S::io_discard_bytes}});
  parse_v1(text, counts, kFields, sample);
}

void parse_io_serviced(std::string_view text, const DeviceFilter& counts, CgroupSample& sample) {
  static constexpr auto kFields =
      std::to_array<Field>({{"Read", &S::io_reads}, {"Write", &S::io_writes}, {"Discard", &S::io_discards}});
  parse_v1(text, counts, kFields, sample);
}

}  // namespace squid
