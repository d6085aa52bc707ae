// parse_oci_config(): what the config.json of an OCI bundle says about whose it is. Pure. The runtimes above
// runc note it in the annotations; nothing else of the file is of interest, secrets among it.
#pragma once

#include <string_view>

#include "core/name_resolver.h"
#include "core/result.h"

namespace squid {

// Fills what the annotations of containerd's CRI plugin, CRI-O and nerdctl tell; all of it may be missing. A
// pod's own process goes by the name of the pod.
Result<Description> parse_oci_config(std::string_view text);

// The host name that the container is given; empty where it has none of its own.
Result<std::string> parse_oci_hostname(std::string_view text);

}  // namespace squid
