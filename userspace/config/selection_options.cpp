#include "config/selection_options.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <utility>

namespace squid {
namespace {

constexpr std::size_t kMostLabelTags = 32;
constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;
constexpr const char* kSelectionGroup = "Choosing and naming containers";

void add_patterns(CLI::App& app, const std::string& name, std::vector<std::string>& target,
                  const std::string& help) {
  app.add_option(name, target, help)->type_name("[FIELD=]PATTERN")->delimiter('\0')->group(kSelectionGroup);
}

}  // namespace

void add_selection_options(CLI::App& app, Options::Selection& selection) {
  add_patterns(
      app, "--include", selection.include,
      "Tell only of containers that match, e.g. 'web-*', image=nginx:*, 'label:tier=/^(a|b)$/'; fields "
      "are name, id, image, runtime, pod, namespace, label:KEY; may be given several times");
  add_patterns(app, "--exclude", selection.exclude, "Do not tell of containers that match, included or not");
  app.add_option(
         "--rules", selection.rules,
         "What containers are called in hierarchical names, by the first rule that matches, and what "
         "they are counted as: [{\"regexp\": \"(.*)-[0-9]+\", \"into\": \"$1\", \"category\": \"web\"}]")
      ->type_name("JSON")
      ->group(kSelectionGroup);
  app.add_option("--rules-file", selection.rules_file, "The rules, in a file")
      ->type_name("FILE")
      ->group(kSelectionGroup);
  app.add_option(
         "--runtime-socket", selection.runtime_socket,
         "Ask docker or podman at this socket, once for each container of which no file tells the name")
      ->type_name("PATH")
      ->group(kSelectionGroup);
  app.add_option("--label-tags", selection.label_tags,
                 "Labels that JSON and --graphite-tags tell; may be given several times")
      ->type_name("KEY[,KEY...]")
      ->delimiter(',')
      ->group(kSelectionGroup);
  app.add_flag(
         "--graphite-tags", selection.graphite_tags,
         "Graphite's names with tags: squid.cpu.total.mean;container=web;host=a;... instead of a template")
      ->group(kSelectionGroup);
}

Result<void> settle_selection(Options& options) {
  const std::vector<std::string>& labels = options.selection.label_tags;
  if (labels.size() > kMostLabelTags)
    return Error{fmt::format("--label-tags has {} labels; there may be {}", labels.size(), kMostLabelTags)};
  for (const std::string& key : labels)
    if (key.empty() || std::ranges::count(labels, key) != 1)
      return Error{fmt::format("--label-tags has the label '{}' twice or without a name", key)};
  if (options.selection.runtime_socket.size() > kLongestSocketPath)
    return Error{fmt::format("--runtime-socket has a path of {} bytes; sockets can have {}",
                             options.selection.runtime_socket.size(), kLongestSocketPath)};
  if (!options.selection.rules.empty() && !options.selection.rules_file.empty())
    return Error{"--rules and --rules-file exclude each other; write all rules in one place"};
  if (!options.prefix.starts_with('{')) return {};
  if (!options.selection.rules.empty() || !options.selection.rules_file.empty())
    return Error{"--prefix with a rule and --rules exclude each other; write it as one of the rules"};
  options.selection.prefix_rule = std::exchange(options.prefix, Options().prefix);
  return {};
}

}  // namespace squid
