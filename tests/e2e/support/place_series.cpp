// place_series ADDRESS: which server of a graphite sink gets each of the series whose names are read from
// standard input, as its position in the address.
#include <cstdio>
#include <iostream>
#include <string>

#include "sinks/graphite_address.h"

int main(int argc, char** argv) {
  const auto address = squid::parse_graphite_address(argc == 2 ? argv[1] : "", 2003);
  if (!address || !address->ring) {
    std::fprintf(stderr, "place_series: %s\n",
                 address ? "there is no ring" : address.error().message.c_str());
    return 1;
  }
  for (std::string name; std::getline(std::cin, name);) std::cout << address->ring->server_of(name) << '\n';
  return 0;
}
