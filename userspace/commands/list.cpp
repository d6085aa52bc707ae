// `squid-bpf list`: everything that was linked in.
#include <fmt/format.h>

#include "commands/commands.h"
#include "core/metric_source.h"
#include "core/name_resolver.h"
#include "core/sink.h"

namespace squid {

std::string list_text() {
  std::string text = "Sinks (--sink)\n";
  for (const SinkKind* kind : SinkRegistry::all())
    text += fmt::format("  {:<28} {}\n", kind->usage, kind->help);
  text +=
      "\nOptions of every sink (?option=value&option=value behind it)\n"
      "  prefix=TEXT hostname=TEXT    instead of --prefix and --host\n"
      "  allow=GLOB,... deny=GLOB,... which metrics it gets, as cpu.* or memory.usage.last\n"
      "  interval=DURATION            time between its reports, a multiple of --flush\n"
      "  order=newest                 graphite and backstop: after an outage the newest reports first\n";
  text += fmt::format("  {}= what it is told about the host\n", fmt::join(kHostFacts, "= "));
  text += "\nSources of numbers, in order of preference\n";
  for (const SourceKind* kind : SourceRegistry::all())
    text += fmt::format("  {:<28} {}\n", kind->name, kind->help);
  text += "\nResolvers of names\n";
  for (const ResolverKind* kind : ResolverRegistry::all())
    text += fmt::format("  {:<28} {}\n", kind->name, kind->help);
  return text;
}

}  // namespace squid
