// Which containers are told of and what they are called, as the options want it.
#pragma once

#include <map>
#include <span>
#include <string>

#include "config/options.h"
#include "core/cgroup_roster.h"
#include "resolvers/container_directory.h"

namespace squid {

// Reads the file of --rules-file.
Result<ContainerDirectory::Policy> read_policy(const Options& options);

// How many watched containers each category of the rules has; also those that have none.
std::map<std::string, double> count_categories(const NameRules& rules,
                                               std::span<const CgroupRoster::Entry> entries);

}  // namespace squid
