// Any bytes as a segment of a spool: the records that come out lie within it, in order, and are intact
// unless they are done; and what a sudden end leaves behind them is never taken for one.
#include "fuzz/require.h"
#include "net/spool_record.h"

using namespace squid;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string bytes(data, data + size);
  const SegmentContent content = parse_segment(bytes);
  require(content.end <= size);
  std::size_t end = 0;
  std::uint64_t last = 0;
  for (const SpoolRecord& record : content.records) {
    require(record.offset >= end && record.sequence > last);
    end = record.offset + kSpoolHeaderBytes + record.size;
    last = record.sequence;
    require(end <= content.end);
    require(record.done ||
            is_intact(bytes.substr(record.offset, kSpoolHeaderBytes + record.size), record.sequence));
  }

  // Behind any bytes, a whole record is found again, unless they end in the begin of one.
  if (content.end == size && last < 1000) {
    const SegmentContent longer = parse_segment(bytes + encode_spool_header(1000, 1, "batch") + "batch");
    require(!longer.records.empty() && longer.records.back().sequence == 1000);
  }
  return 0;
}
