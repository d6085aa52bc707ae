// `squid-bpf identify`: whose cgroups these are, one JSON object for each path. It measures nothing and needs
// no root, except for reading the names where only root may read them.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands/commands.h"
#include "pipeline/host_root.h"
#include "resolvers/cgroup_path.h"
#include "resolvers/find_description.h"
#include "resolvers/identity.h"
#include "sinks/encode/json.h"

namespace squid {
namespace {

// The kernel's own limit of a path is 4096. What is longer is none, and must not fill the memory.
constexpr std::size_t kLongestLine = 65536;

void append_member(std::string& out, std::string_view key, std::string_view value) {
  out += out.ends_with('{') ? "\"" : ",\"";
  out.append(key).append("\":\"");
  append_json_text(out, value);
  out += '"';
}

// What the files tell: who holds a pod is the pod's, and a container of which the path shows no mark is one.
struct Answer {
  Identity identity;
  Container container;
};

Answer look_up(std::string_view path, Resolvers resolvers) {
  Answer answer{.identity = identify_path(path), .container = {}};
  Identity& identity = answer.identity;
  answer.container.pod = identity.pod;
  if (identity.kind == IdentityKind::kUnit) answer.container.name = identity.id;
  const Owner owner = find_owner(resolvers, path);
  if (owner.resolver == nullptr) return answer;

  if (identity.kind == IdentityKind::kNone) identity.kind = IdentityKind::kContainer;
  identity.id = owner.match.id;
  identity.runtime = owner.resolver->runtime();
  auto found = find_description(resolvers, owner, path);
  if (!found) return answer;
  identity.runtime = found->resolver->runtime();
  if (found->description.serves_pod) identity.kind = IdentityKind::kPod;
  answer.container = std::move(found->description.container);
  return answer;
}

// Without resolvers: what the path tells.
std::string object_text(std::string_view path_or_line, const Resolvers* resolvers) {
  const std::string_view path = path_of_cgroup_line(path_or_line).value_or(path_or_line);
  const Answer answer = resolvers != nullptr ? look_up(path, *resolvers) : Answer{identify_path(path), {}};
  std::string out = "{";
  append_member(out, "path", path);
  append_member(out, "runtime", answer.identity.runtime);
  append_member(out, "kind", kind_name(answer.identity.kind));
  append_member(out, "id", answer.identity.id);
  if (resolvers != nullptr) {
    append_member(out, "name", answer.container.name);
    append_member(out, "image", answer.container.image);
    append_member(out, "pod", answer.container.pod);
    append_member(out, "namespace", answer.container.kubernetes_namespace);
  }
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
int identify_lines(const Resolvers* resolvers) {
  int code = 0;
  Line line;
  for (std::size_t number = 1; read_line(stdin, line); ++number) {
    if (!line.is_whole) {
      std::fprintf(stderr,
                   "squid-bpf: line %zu of standard input is longer than %zu bytes and no cgroup's path\n",
                   number, kLongestLine);
      code = 2;
    } else if (!print(object_text(line.text, resolvers))) {
      return fail("cannot write to standard output");
    }
  }
  return std::ferror(stdin) == 0 ? code : fail("cannot read standard input");
}

}  // namespace

int run_identify(const Options& options) {
  const auto made = options.resolve ? make_resolvers(find_host_root(options.host_root))
                                    : std::vector<std::unique_ptr<NameResolver>>();
  const Resolvers all(made);
  const Resolvers* resolvers = options.resolve ? &all : nullptr;
  int code = 0;
  if (options.paths.empty()) code = identify_lines(resolvers);
  for (const std::string& path : options.paths)
    if (!print(object_text(path, resolvers))) code = 2;
  return std::fflush(stdout) == 0 ? code : fail("cannot write to standard output");
}

}  // namespace squid
