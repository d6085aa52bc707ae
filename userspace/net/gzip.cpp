#include "net/gzip.h"

#include <zlib.h>

#include <cassert>

namespace squid {
namespace {

// Header and checksum of gzip instead of zlib's.
constexpr int kGzipWindow = 15 + 16;
constexpr int kUsualMemory = 8;

}  // namespace

std::string pack_gzip(std::string_view bytes) {
  z_stream stream{};
  // The thread that packs also samples, and records are so alike that more effort gains little.
  const int begun =
      deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kUsualMemory, Z_DEFAULT_STRATEGY);
  assert(begun == Z_OK);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int ended = deflate(&stream, Z_FINISH);
  assert(ended == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  (void)begun;
  (void)ended;
  return packed;
}

}  // namespace squid
