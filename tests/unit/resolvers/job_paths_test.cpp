// Nomad, Slurm, Garden and Mesos.
#include "support/identity_case.h"

namespace squid {
namespace {

constexpr IdentityKind kContainer = IdentityKind::kContainer;
const std::string kUuid = "4f0a2c6e-94f3-5a1d-ed1c-0b4a5b6c7d8e";

TEST(JobPaths, Nomad) {
  expect_identities("nomad", kContainer,
                    {{"/nomad.slice/share.slice/" + kUuid + ".web.scope", kUuid + ".web"},
                     {"/nomad.slice/reserve.slice/" + kUuid + ".db-1.scope", kUuid + ".db-1"},
                     {"/nomad.slice/" + kUuid + ".web.scope", kUuid + ".web"},
                     {"/nomad/" + kUuid + ".web", kUuid + ".web"},
                     {"/nomad.slice/share.slice/" + kUuid + ".web.scope/x", kUuid + ".web", kNested}});
}

TEST(JobPaths, Slurm) {
  expect_identities("slurm", kContainer,
                    {{"/system.slice/slurmstepd.scope/job_1392969", "1392969"},
                     {"/system.slice/slurmstepd.scope/job_1392969/step_0/user/task_0", "1392969", kNested},
                     {"/system.slice/node1_slurmstepd.scope/job_7/step_batch", "7", kNested},
                     {"/slurm/uid_1001/job_123", "123"},
                     {"/slurm_node1/uid_1001/job_123/step_0", "123", kNested}});
}

TEST(JobPaths, Garden) {
  const std::string id = "6f265890-5165-7fab-6b52-18d1";
  expect_identities("garden", kContainer,
                    {{"/system.slice/garden.service/garden/" + id, id},
                     {"/garden/" + id, id},
                     {"/garden/good/" + id, id},
                     {"/garden/bad/" + kUuid, kUuid},
                     {"/garden/" + id + "/init", id, kNested}});
}

TEST(JobPaths, Mesos) {
  expect_identities("mesos", kContainer,
                    {{"/mesos/" + kUuid, kUuid},
                     {"/mesos/" + kId.substr(0, 8) + kUuid.substr(8) + "/mesos/" + kUuid, kUuid},
                     {"/mesos/" + kUuid + "/x", kUuid, kNested}});
}

TEST(JobPaths, Nobody) {
  expect_nobody({"/" + kUuid, "/" + kUuid + ".web", "/nomad/" + kUuid, "/nomad/" + kUuid + ".", "/job_123",
                 "/slurm/uid_1001", "/slurm/uid_1001/job_", "/slurm/uid_1001/job_12a", "/other/uid_1/job_1",
                 "/garden/good", "/garden/6f265890-5165-7fab-6b52-18d", "/mesos/agent",
                 "/mesos/" + kId.substr(0, 36)});
}

}  // namespace
}  // namespace squid
