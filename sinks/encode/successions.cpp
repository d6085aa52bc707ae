#include "sinks/encode/successions.h"

#include <algorithm>

#include "core/merged_points.h"

namespace squid {

Successions::Successions(SeriesNamer& namer, const Report& report) {
  // Mostly nobody ended, and nothing has to be looked up.
  boost::unordered_flat_map<std::string, Line> lines;
  for (const Subject& subject : report.subjects)
    if (subject.ended_ns != 0) lines[namer.plain_name(subject)].push_back(&subject);
  if (lines.empty()) return;
  for (const Subject& subject : report.subjects) {
    if (subject.ended_ns != 0 || !subject.container) continue;
    const auto line = lines.find(namer.reserve(subject));
    if (line != lines.end()) line->second.push_back(&subject);
  }
  for (const auto& [name, line] : lines) join(line);
}

// Two that were there side by side are two, whatever they are called.
void Successions::join(const Line& line) {
  const auto overlap = [](const Subject* older, const Subject* newer) {
    return older->ended_ns == 0 || newer->began_ns == 0 || newer->began_ns < older->ended_ns;
  };
  if (line.size() < 2 || std::ranges::adjacent_find(line, overlap) != line.end()) return;
  MergedPoints points;
  for (const Subject* subject : line) points.add(subject->points, subject->measured_s);
  joined_.emplace(line.back(), points.take());
  succeeded_.insert(line.begin(), line.end() - 1);
}

}  // namespace squid
