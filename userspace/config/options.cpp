#include "config/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "config/config_text.h"
#include "config/duration.h"
#include "config/gstatsd_options.h"
#include "config/layers.h"
#include "config/selection_options.h"
#include "config/statsd_options.h"
#include "core/version.h"

namespace squid {
namespace {

constexpr std::string_view kAbout =
    R"(squid-bpf tells, per container, CPU, memory, block I/O and network: read from the kernel itself by eBPF and cgroup
files, named without a docker.sock, aggregated, and shipped to the sinks you choose. Run it as root on each host.)";

constexpr std::string_view kExamples = R"(
Examples:
  squid-bpf                                        a table on the terminal, every 10 s
  squid-bpf --sink graphite:carbon.example:2003    to graphite
  squid-bpf --sink stdout:json --flush 1s          one JSON object per line and series
  squid-bpf --interval 100ms                       catch bursts of 100 ms (see upper and upper_90)
  squid-bpf --statsd :8125 --sink graphite:2003    also a statsd server, for everybody who can reach this host
  squid-bpf check                                  what this host supports, and what to do about the rest
  squid-bpf identify --resolve </proc/1234/cgroup  whose process that is
  squid-bpf send 'backup.seconds:42|g'             tells a statsd server, from a script
)";

// What goes wrong inside an option's callback. CLI11 prints it as it is, so it names the option itself.
[[noreturn]] void refuse(const std::string& option, const std::string& why) {
  throw CLI::ValidationError(fmt::format("{}: {}", option, why));
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::nanoseconds& target,
                          std::chrono::nanoseconds least, std::chrono::nanoseconds most,
                          const std::string& help) {
  const auto parse = [&target, name, least, most](const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration) refuse(name, duration.error().message);
    if (*duration < least || *duration > most)
      refuse(name, fmt::format("'{}' is out of range; choose something from {} to {}", text,
                               format_duration(least), format_duration(most)));
    target = *duration;
  };
  return app.add_option_function<std::string>(name, parse, help)
      ->type_name("DURATION")
      ->default_str(format_duration(target));
}

template <typename Enum>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Enum& target,
                        const std::vector<std::pair<std::string, Enum>>& choices, const std::string& help) {
  const auto parse = [&target, name, choices](const std::string& text) {
    std::vector<std::string> known;
    for (const auto& [word, value] : choices) {
      if (word == text) {
        target = value;
        return;
      }
      known.push_back(word);
    }
    refuse(name, fmt::format("'{}' is none of {}", text, fmt::join(known, ", ")));
  };
  return app.add_option_function<std::string>(name, parse, help)->default_str(choices.front().first);
}

// Before those that they stand for, which get their values.
void add_old_options(CLI::App& app, Options& options) {
  const auto add = [&app](const char* name, const std::function<void(const std::string&)>& take,
                          const char* help) {
    return app.add_option_function<std::string>(name, take, help)->group(kOldToolsGroup);
  };
  add(
      "--backstop",
      [&app](const std::string& url) { app.get_option("--sink")->add_result("backstop:" + url); },
      "The same as --sink backstop:URL")
      ->type_name("URL");
  add(
      "--poll", [&app](const std::string& text) { app.get_option("--flush")->add_result(text); },
      "The same as --flush")
      ->type_name("DURATION");
  add(
      "--docker",
      [&options](const std::string&) {
        options.notes.emplace_back("--docker is ignored: squid-bpf needs no docker.sock");
      },
      "Ignored: no docker.sock is needed")
      ->type_name("URL");
}

void add_output_options(CLI::App& app, Options& options) {
  const std::string group = "Output";
  app.add_option("--sink", options.sinks,
                 "Where reports go; may be given several times (`squid-bpf list` has them all)")
      ->type_name("KIND[:ADDRESS]")
      ->default_str("stdout:table")
      ->group(group);
  app.add_option("--prefix", options.prefix, "First part of every name in hierarchical sinks")
      ->capture_default_str()
      ->type_name("TEXT")
      ->group(group);
  app.add_option("--host", options.host, "Name of this host in every report [default: its host name]")
      ->type_name("TEXT")
      ->group(group);
  app.add_option("--name-template", options.name_template,
                 "How hierarchical sinks build a name [default: {prefix}.{host}.{container}.{metric}]")
      ->type_name("TEMPLATE")
      ->group(group);
  app.add_option("--names", options.names,
                 "What sinks that have a choice send: all, or docker-stats as docker-stats-to-backstop does")
      ->capture_default_str()
      ->check(CLI::IsMember({"all", "docker-stats"}).description(""))
      ->type_name("NAMES")
      ->group(group);
  app.add_option("--queue-mib", options.queue_mib,
                 "Memory that each sink may use for reports it cannot deliver yet")
      ->capture_default_str()
      ->check(CLI::Range(1, 65536).description(""))
      ->type_name("MIB")
      ->group(group);
  app.add_option(
         "--state-dir", options.state_dir,
         "Where reports are kept while a server is behind or squid-bpf is not running; empty: nowhere")
      ->capture_default_str()
      ->type_name("DIR")
      ->group(group);
  app.add_option("--spool-limit", options.spool_limit_mib,
                 "Disk that each sink may use there; then the oldest reports go")
      ->capture_default_str()
      ->check(CLI::Range(1, 1048576).description(""))
      ->type_name("MIB")
      ->group(group);
}

void add_measuring_options(CLI::App& app, Options& options) {
  const std::string group = "Measuring";
  using namespace std::chrono_literals;
  add_duration(app, "--interval", options.interval, 10ms, 1h, "Time between two samples");
  add_duration(app, "--flush", options.flush, 10ms, 24h,
               "Time between two reports, aligned to the wall clock");
  add_duration(app, "--pressure-interval", options.pressure_interval, 10ms, 1h,
               "Time between two reads of pressure");
  add_duration(app, "--interface-interval", options.interface_interval, 10ms, 1h,
               "Time between two reads of network interfaces");
  for (const char* name : {"--interval", "--flush", "--pressure-interval", "--interface-interval"})
    app.get_option(name)->group(group);
  app.add_option("--percent", options.percentiles,
                 "Percentile shipped as upper_N; may be given several times")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 100.0).description(""))
      ->type_name("N")
      ->group(group);
  app.add_option(
         "--stats", options.stats,
         "Which statistics ship, for all metrics or those a pattern names, e.g. 'memory.*=last,upper' "
         "(`squid-bpf metrics` shows the defaults)")
      ->type_name("[PATTERN=]STAT[,STAT...]")
      ->delimiter('\0')
      ->group(group);
  app.add_option(
         "--from", options.from,
         "What a source tells: containers, groups, squid (itself) or statsd with ?prefix=, ?allow=, ?deny=, "
         "?hostname= and facts about the host such as ?zone=, or a group of metrics with ?interval=, e.g. "
         "'containers?deny=memory.events.*' or "
         "'memory?interval=5s'; may be given several times")
      ->type_name("SOURCE?OPTION=...")
      ->delimiter('\0')
      ->group(group);
  app.add_option(
         "--latency", options.latency,
         "Also measure how long tasks wait for a CPU (cpu); costs some 100 ns at each switch of tasks")
      ->check(CLI::IsMember({"cpu"}).description(""))
      ->type_name("WHAT")
      ->group(group);
  app.add_flag("--per-cpu", options.per_cpu, "Also tell how much of each core a container used")
      ->group(group);
  app.add_flag(
         "--cost", options.cost,
         "Also tell, under squid.bpf.*, what each of our eBPF programs costs; makes every eBPF program of "
         "the host some 50 ns slower")
      ->group(group);
}

void add_reading_options(CLI::App& app, Options& options) {
  const std::string group = "Reading";
  add_choice<CgroupChoice>(
      app, "--cgroups", options.cgroups,
      {{"containers", CgroupChoice::kContainers}, {"all", CgroupChoice::kAll}, {"none", CgroupChoice::kNone}},
      "What to measure: containers, all (every cgroup) or none")
      ->type_name("WHICH")
      ->group(group);
  app.add_option("--groups", options.groups,
                 "Also tell sums: of each pod (Kubernetes, podman), systemd slice, compose project")
      ->check(CLI::IsMember({"pod", "slice", "compose"}).description(""))
      ->type_name("pod,slice,compose")
      ->delimiter(',')
      ->group(group);
  add_choice<SourceChoice>(
      app, "--source", options.source,
      {{"auto", SourceChoice::kAuto}, {"bpf", SourceChoice::kBpf}, {"files", SourceChoice::kFiles}},
      "auto: eBPF, and files for the rest; files: no eBPF; bpf: refuse to start without eBPF")
      ->type_name("SOURCE")
      ->group(group);
  app.add_option("--max-cgroups", options.max_cgroups,
                 "Most cgroups that are read; what exceeds it is counted")
      ->capture_default_str()
      ->check(CLI::Range(64, 1048576).description(""))
      ->type_name("N")
      ->group(group);
  app.add_option("--cgroup-root", options.cgroup_root,
                 "Where the host's cgroup file systems are [default: found]")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--host-root", options.host_root,
                 "Where the host's files are, for names [default: / or, inside a container, /proc/1/root]")
      ->type_name("DIR")
      ->group(group);
}

void add_subcommands(CLI::App& app, Options& options) {
  const auto add = [&](const char* name, Command command, const char* help) {
    CLI::App* subcommand = app.add_subcommand(name, help);
    subcommand->fallthrough()->callback([&options, command] { options.command = command; });
    return subcommand;
  };
  CLI::App* check = add("check", Command::kCheck,
                        "Say what this host supports, which source supplies what, and what is missing");
  check->add_flag("--cost", options.cost, "Also measure for five seconds what our eBPF programs cost");
  CLI::App* identify = add("identify", Command::kIdentify,
                           "Say whose cgroups these are, from their paths: one JSON object for each");
  identify
      ->add_option("path", options.paths,
                   "Cgroup paths, or lines of /proc/PID/cgroup [default: one per line, from standard input]")
      ->type_name("PATH");
  identify->add_flag("--resolve", options.resolve,
                     "Also look up name, image, pod and namespace where the runtime left them on disk");
  CLI::App* send = add("send", Command::kSend, "Send lines to a statsd server, e.g. from a script");
  send->add_option("line", options.lines,
                   "Lines such as foo:1|c [default: from standard input, one per line]")
      ->type_name("LINE");
  send->add_option("--to", options.statsd_server, "The server [default: 127.0.0.1:8125]")
      ->type_name("[HOST][:PORT]");
  add("status", Command::kStatus, "Say how the squid-bpf that runs on this host and its sinks are doing");
  add("health", Command::kHealth, "Say in one line, and by exit code 0 or 1, whether it works");
  app.add_subcommand("gstatsd", "Be gstatsd: a statsd server with its options, reading and names")
      ->callback([] { refuse("gstatsd", "it must be the first word; its options are its own"); });
  add("config", Command::kConfig, "Print every option, its value and where that came from");
  add("list", Command::kList, "Print every sink, source and name resolver");
  add("metrics", Command::kMetrics, "Print the reference of all metrics");
  app.require_subcommand(0, 1);
}

// CLI11 speaks in several lines; users get one sentence about what they wrote.
Error one_sentence(const CLI::ParseError& error) {
  std::string message = error.what();
  for (char& c : message)
    if (c == '\n') c = ' ';
  if (message.ends_with('.')) message.pop_back();
  return Error{fmt::format("{}; see squid-bpf --help", message)};
}

Result<void> check_consistency(const Options& options) {
  if (options.flush < options.interval)
    return Error{fmt::format("--flush {} is shorter than --interval {}: a report needs at least one sample",
                             format_duration(options.flush), format_duration(options.interval))};
  if (options.cgroups == CgroupChoice::kNone && !options.groups.empty())
    return Error{"--groups and --cgroups none exclude each other: a group is told as what its cgroups used"};
  if (options.percentiles.size() > 16) return Error{"--percent may be given at most 16 times"};
  return {};
}

void declare_options(CLI::App& app, Options& options) {
  app.footer(std::string(kExamples));
  app.get_formatter()->column_width(34);
  app.set_version_flag("--version", fmt::format("squid-bpf {}", kVersion), "Print the version and exit");
  app.add_option("--config", options.config_file,
                 "JSON file with any of these options: {\"sink\": [\"graphite:2003\"], ...}")
      ->type_name("FILE");
  add_old_options(app, options);
  add_output_options(app, options);
  add_measuring_options(app, options);
  add_reading_options(app, options);
  add_selection_options(app, options.selection);
  add_statsd_options(app, options.statsd);
  app.add_option("--log-level", options.log_level, "How much is logged to stderr: error, warn, info or debug")
      ->check(CLI::IsMember({"error", "warn", "info", "debug"}).description(""))
      ->capture_default_str()
      ->type_name("LEVEL");
  app.add_option("--status-socket", options.status_socket,
                 "Where `squid-bpf status` and `health` ask the daemon; empty: nowhere")
      ->capture_default_str()
      ->type_name("PATH");
  add_subcommands(app, options);
}

// One list of arguments, read once.
struct Parser {
  Options options;
  CLI::App app{std::string(kAbout), "squid-bpf"};

  Parser() { declare_options(app, options); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // An answer where one was asked for.
  Result<std::optional<Answer>> parse(std::vector<std::string> arguments) {
    arguments = split_empty_values(app, arguments);
    std::reverse(arguments.begin(), arguments.end());
    try {
      app.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
      return std::optional(Answer{app.help()});
    } catch (const CLI::CallForVersion& version) {
      return std::optional(Answer{std::string(version.what()) + "\n"});
    } catch (const CLI::ParseError& error) {
      return one_sentence(error);
    }
    return std::optional<Answer>();
  }
};

Origins typed_options(const CLI::App& app) {
  Origins origins;
  for (const CLI::Option* option : app.get_options())
    if (option->count() > 0) origins[target_of(option->get_single_name())] = "command line";
  return origins;
}

// They ask the squid-bpf that runs, whatever a file says by now that it was not started with.
bool asks_daemon(Command command) {
  return command == Command::kStatus || command == Command::kHealth;
}

Result<std::vector<LayerEntry>> read_layers_for(const Parser& typed, const Environment& environment,
                                                Origins& origins) {
  auto layers = read_layers(typed.app, typed.options.config_file, environment, origins);
  if (!asks_daemon(typed.options.command)) return layers;
  const Environment without_file = [&environment](const char* name) {
    return name == std::string_view("SQUID_BPF_CONFIG") ? nullptr : environment(name);
  };
  if (!layers) {
    origins = typed_options(typed.app);
    layers = read_layers(typed.app, "", without_file, origins);
  }
  std::erase_if(*layers, [](const LayerEntry& entry) { return entry.option != "status-socket"; });
  return layers;
}

// Says where the value is that the parser did not like.
Error blame(const std::vector<LayerEntry>& layers, const Error& error) {
  for (const LayerEntry& entry : layers) {
    Parser alone;
    if (const auto parsed = alone.parse(compute_arguments(alone.app, entry)); !parsed)
      return Error{fmt::format("{}: {}", entry.origin, parsed.error().message)};
  }
  return error;
}

}  // namespace

Result<std::variant<Options, Answer>> parse_command_line(int argc, const char* const* argv,
                                                         const Environment& environment) {
  using Outcome = std::variant<Options, Answer>;
  if (is_gstatsd(argc, argv)) return parse_gstatsd_command_line(argc, argv);
  const std::vector<std::string> typed(argv + std::min(argc, 1), argv + argc);
  Parser first;
  const auto answer = first.parse(typed);
  if (!answer) return answer.error();
  if (*answer) return Outcome{**answer};

  Origins origins = typed_options(first.app);
  const auto layers = read_layers_for(first, environment, origins);
  if (!layers) return layers.error();
  std::vector<std::string> arguments;
  for (const LayerEntry& entry : *layers)
    for (std::string& argument : compute_arguments(first.app, entry))
      arguments.push_back(std::move(argument));
  arguments.insert(arguments.end(), typed.begin(), typed.end());
  Parser whole;
  if (const auto parsed = whole.parse(arguments); !parsed) return blame(*layers, parsed.error());

  if (const auto settled = settle_selection(whole.options); !settled) return settled.error();
  if (const auto consistent = check_consistency(whole.options); !consistent) return consistent.error();
  if (whole.options.command == Command::kConfig) return Outcome{Answer{config_text(whole.app, origins)}};
  return Outcome{std::move(whole.options)};
}

}  // namespace squid
