// What it takes to know everybody's name after a restart: every container of a host is met at once, and each
// is looked up in the files that its runtime keeps. Files of the size that real runtimes write, on a file
// system of this host, in its page cache.
//
// Usage: squid_bench_names [CONTAINERS]   (5000)
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "core/cgroup_roster.h"
#include "pipeline/host_root.h"
#include "pipeline/sampler.h"
#include "pipeline/self_report.h"
#include "resolvers/container_directory.h"
#include "support/fake_host.h"

namespace squid {
namespace {

constexpr double kBarSeconds = 1.0;
constexpr double kBarMb = 20;

std::string id_of(std::size_t number) {
  return fmt::format("{:064x}", number + 0xabc0000);
}

// What a name does not come from, and has to be read all the same.
std::string filler(std::size_t bytes) {
  return fmt::format(R"("Filler":"{}")", std::string(bytes, 'x'));
}

void write_docker(FakeHost& host, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    host.write(
        fmt::format("/var/lib/docker/containers/{}/config.v2.json", id_of(i)),
        fmt::format(
            R"({{"ID":"{}","Name":"/web-{}","Config":{{"Image":"nginx:1","Labels":{{"tier":"web"}}}},{}}})",
            id_of(i), i, filler(2300)));
}

void write_podman(FakeHost& host, std::size_t count) {
  std::string list = "[";
  for (std::size_t i = 0; i < count; ++i)
    list +=
        fmt::format(R"({}{{"id":"{}","names":["web-{}"],"metadata":"{{\"image-name\":\"nginx:1\"}}",{}}})",
                    i == 0 ? "" : ",", id_of(i), i, filler(300));
  list += ']';
  host.write("/var/lib/containers/storage/overlay-containers/containers.json", list);
}

void write_kubernetes(FakeHost& host, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    host.write(
        fmt::format("/run/containerd/io.containerd.runtime.v2.task/k8s.io/{}/config.json", id_of(i)),
        fmt::format(
            R"({{"annotations":{{"io.kubernetes.cri.container-name":"web-{0}",)"
            R"("io.kubernetes.cri.sandbox-name":"shop-{0}","io.kubernetes.cri.sandbox-namespace":"prod"}},{1}}})",
            i, filler(8000)));
}

struct Runtime {
  const char* name;
  void (*write)(FakeHost&, std::size_t);
  const char* path;  // {0}: 64 digits, {1}: 12 digits
};

constexpr Runtime kRuntimes[] = {
    {"docker", write_docker, "/docker/{0}"},
    {"podman", write_podman, "/machine.slice/libpod-{0}.scope"},
    {"kubernetes, containerd", write_kubernetes,
     "/kubepods.slice/kubepods-pod0f0f0f0f_1111_2222_3333_{1}.slice/cri-containerd-{0}.scope"},
};

double megabytes_in_use() {
  const auto figures = mallinfo2();
  return static_cast<double>(figures.uordblks + figures.hblkhd) * 1e-6;
}

// Whether both bars are met.
bool measure(const Runtime& runtime, std::size_t count) {
  FakeHost host;
  runtime.write(host, count);
  const double before_mb = megabytes_in_use();
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t cpu_before = thread_cpu_ns();

  ContainerDirectory directory(make_resolvers(host.root()), {});
  CgroupRoster roster([&directory](std::string_view path, CgroupId id) { return directory.admit(path, id); });
  roster.begin_pass();
  for (std::size_t i = 0; i < count; ++i)
    roster.introduce(0, i + 1, fmt::format(fmt::runtime(runtime.path), id_of(i), fmt::format("{:012x}", i)));
  roster.end_pass(true);

  const double cpu_s = static_cast<double>(thread_cpu_ns() - cpu_before) * 1e-9;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double held_mb = megabytes_in_use() - before_mb;
  const bool met = seconds < kBarSeconds && held_mb < kBarMb;
  std::printf("%-24s %10zu %8zu %9.0f ms %8.0f ms %8.1f us %9.1f MB%s\n", runtime.name, roster.size(),
              roster.size() - directory.unnamed(), seconds * 1e3, cpu_s * 1e3,
              cpu_s * 1e6 / static_cast<double>(count), held_mb, met ? "" : "  MISSED");
  return met && roster.size() == count && directory.unnamed() == 0;
}

int run(std::size_t count) {
  std::printf("%-24s %10s %8s %12s %11s %11s %12s\n", "runtime", "containers", "named", "elapsed", "CPU",
              "each", "memory");
  bool met = true;
  for (const Runtime& runtime : kRuntimes) met = measure(runtime, count) && met;
  std::printf("\nbars at 5,000: all named, %.0f s, %.0f MB: %s\n", kBarSeconds, kBarMb,
              met ? "met" : "missed");
  return met ? 0 : 1;
}

}  // namespace
}  // namespace squid

int main(int argc, char** argv) {
  return squid::run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 5000);
}
