// Where the host's file system is for us, and which resolvers and which mode follow from the options.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/name_resolver.h"

namespace squid {

// "/" outside of a container; /proc/1/root inside of one that sees the host's processes.
std::string find_host_root(const std::string& chosen);

// Why containers will be shown by their ids only, and what to do about it; nothing where they will not.
std::optional<std::string> explain_missing_names(const std::string& chosen);

// One of each registered kind.
std::vector<std::unique_ptr<NameResolver>> make_resolvers(const std::string& host_root);

}  // namespace squid
