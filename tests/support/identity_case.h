// Tables of cgroup paths and of whose they are: one row for each path.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "resolvers/identity.h"

namespace squid {

struct IdentityCase {
  std::string path;
  std::string id;
  bool nested = false;
  std::string pod;
};

inline const bool kNested = true;

// Real ids, of containers and of pods.
inline const std::string kId = "63425c4a8b4291744a79dd9011fddc7a1f8ffda61f65d72196aa01d00cae2e2d";
inline const std::string kOther = "26c927d78b3a0ac080354a74649d61cec26c3064426f6173b242356e75a324e3";
inline const std::string kPod = "8712f785-1a3e-41ec-a00b-e2dcc77431cb";
inline const std::string kPodInSlice = "8712f785_1a3e_41ec_a00b_e2dcc77431cb";
inline const std::string kStaticPod = "3e61c214bc3ed9ff81e21474dd6cba17";
inline const std::string kUser = "/user.slice/user-1000.slice/user@1000.service";

inline void expect_identities(const std::string& runtime, IdentityKind kind,
                              std::initializer_list<IdentityCase> cases) {
  for (const IdentityCase& expected : cases) {
    const Identity identity = identify_path(expected.path);
    EXPECT_EQ(identity.runtime, runtime) << expected.path;
    EXPECT_EQ(kind_name(identity.kind), kind_name(kind)) << expected.path;
    EXPECT_EQ(identity.id, expected.id) << expected.path;
    EXPECT_EQ(identity.nested, expected.nested) << expected.path;
    EXPECT_EQ(identity.pod, expected.pod) << expected.path;
  }
}

inline void expect_nobody(std::initializer_list<std::string> paths) {
  for (const std::string& path : paths) EXPECT_EQ(identify_path(path), Identity{}) << path;
}

}  // namespace squid
