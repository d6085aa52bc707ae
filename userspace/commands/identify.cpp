// `squid-bpf identify`: whose cgroups these are, one JSON object for each path. It measures nothing and needs
// no root, except for reading the names where only root may read them.
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "commands/commands.h"
#include "core/name_resolver.h"
#include "pipeline/host_root.h"
#include "resolvers/cgroup_path.h"
#include "resolvers/container_match.h"
#include "resolvers/identity.h"
#include "sinks/encode/json.h"

namespace squid {
namespace {

// The kernel's own limit of a path is 4096. What is longer is none, and must not fill the memory.
constexpr std::size_t kLongestLine = 65536;

// The runtimes' resolvers, made as they are needed.
class Names {
 public:
  explicit Names(const Options& options) : host_root_(find_host_root(options.host_root)) {}

  Container look_up(const Identity& identity) {
    if (!is_container(identity)) return {};
    NameResolver* resolver = resolver_of(identity.runtime);
    if (resolver == nullptr) return {};
    auto container = resolver->describe(identity.id);
    return container ? *std::move(container) : Container();
  }

 private:
  NameResolver* resolver_of(std::string_view runtime) {
    const auto [place, is_new] = resolvers_.try_emplace(runtime);
    const ResolverKind* kind = ResolverRegistry::find(runtime);
    if (is_new && kind != nullptr) place->second = kind->make(host_root_);
    return place->second.get();
  }

  std::string host_root_;
  std::map<std::string_view, std::unique_ptr<NameResolver>> resolvers_;
};

void append_member(std::string& out, std::string_view key, std::string_view value) {
  out += out.ends_with('{') ? "\"" : ",\"";
  out.append(key).append("\":\"");
  append_json_text(out, value);
  out += '"';
}

// Kubernetes puts these labels on the containers that it has docker start.
std::string_view label(const Container& container, const std::string& key) {
  const auto found = container.labels.find(key);
  return found == container.labels.end() ? std::string_view() : found->second;
}

void append_names(std::string& out, const Identity& identity, const Container& container) {
  std::string_view pod = container.pod;
  if (pod.empty()) pod = label(container, "io.kubernetes.pod.name");
  if (pod.empty()) pod = identity.pod;
  append_member(out, "name", container.name);
  append_member(out, "image", container.image);
  append_member(out, "pod", pod);
  append_member(out, "namespace", label(container, "io.kubernetes.pod.namespace"));
}

std::string object_text(std::string_view path_or_line, Names* names) {
  const std::string_view path = path_of_cgroup_line(path_or_line).value_or(path_or_line);
  const Identity identity = identify_path(path);
  std::string out = "{";
  append_member(out, "path", path);
  append_member(out, "runtime", identity.runtime);
  append_member(out, "kind", kind_name(identity.kind));
  append_member(out, "id", identity.id);
  if (names != nullptr) append_names(out, identity, names->look_up(identity));
  return out + "}\n";
}

bool print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
}

struct Line {
  std::string text;
  bool is_whole = true;  // false: it was longer than what is kept of it
};

// False at the end of the input.
bool read_line(std::FILE* file, Line& line) {
  line = {};
  int c = std::fgetc(file);
  if (c == EOF) return false;
  for (; c != EOF && c != '\n'; c = std::fgetc(file)) {
    line.is_whole = line.text.size() < kLongestLine;
    if (line.is_whole) line.text += static_cast<char>(c);
  }
  return true;
}

int fail(const char* what) {
  std::fprintf(stderr, "squid-bpf: %s\n", what);
  return 2;
}

// Returns the exit code.
int identify_lines(Names* names) {
  int code = 0;
  Line line;
  for (std::size_t number = 1; read_line(stdin, line); ++number) {
    if (!line.is_whole) {
      std::fprintf(stderr,
                   "squid-bpf: line %zu of standard input is longer than %zu bytes and no cgroup's path\n",
                   number, kLongestLine);
      code = 2;
    } else if (!print(object_text(line.text, names))) {
      return fail("cannot write to standard output");
    }
  }
  return std::ferror(stdin) == 0 ? code : fail("cannot read standard input");
}

}  // namespace

int run_identify(const Options& options) {
  std::unique_ptr<Names> names;
  if (options.resolve) names = std::make_unique<Names>(options);
  int code = 0;
  if (options.paths.empty()) code = identify_lines(names.get());
  for (const std::string& path : options.paths)
    if (!print(object_text(path, names.get()))) code = 2;
  return std::fflush(stdout) == 0 ? code : fail("cannot write to standard output");
}

}  // namespace squid
