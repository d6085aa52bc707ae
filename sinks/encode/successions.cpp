#include "sinks/encode/successions.h"

#include <algorithm>
#include <utility>

#include "core/merged_points.h"

namespace squid {

Successions::Successions(SeriesNamer& namer, const Report& report) {
  // Mostly nobody ended, and nothing has to be looked up.
  boost::unordered_flat_map<std::string, Line> lines;
  for (const Subject& subject : report.subjects)
    if (subject.ended) lines[namer.plain_name(subject)].push_back(&subject);
  if (lines.empty()) return;
  for (const Subject& subject : report.subjects) {
    if (subject.ended || !subject.container) continue;
    namer.reserve(subject);
    if (const auto line = lines.find(namer.plain_name(subject)); line != lines.end())
      line->second.push_back(&subject);
  }
  for (const auto& [name, line] : lines) join(line);
}

// Two that were there side by side are two, whatever they are called.
void Successions::join(const Line& line) {
  const auto lives = [](const Subject* subject) { return !subject->ended; };
  const Subject& newest = *line.back();
  if (line.size() < 2 || std::ranges::count_if(line, lives) > 1 || !newest.began) return;
  MergedPoints points;
  for (const Subject* subject : line) points.add(subject->points, subject->measured_s);
  joined_.emplace(&newest, points.take());
  succeeded_.insert(line.begin(), line.end() - 1);
}

}  // namespace squid
