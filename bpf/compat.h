/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Everything that depends on the age of the kernel, each with what forced it. Asked of BTF at load time, never
 * of a version number: vendors back-port.
 */
#ifndef SQUID_BPF_COMPAT_H
#define SQUID_BPF_COMPAT_H

#include "kernel_types.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct cgroup_rstat_cpu {
	struct cgroup_base_stat subtree_bstat;
};

struct cgroup___rstat_cpu {
	struct cgroup_rstat_cpu *rstat_cpu;
};

#pragma clang attribute pop

/*
 * CPU time per CPU, children included: kept since "cgroup/rstat: Record the cumulative per-cpu time of cgroup and
 * its descendants" (6.6), moved out of cgroup_rstat_cpu by "cgroup: use separate rstat trees for each subsystem"
 * (6.16). Returns a per-CPU address, 0 on kernels that do not keep it.
 *
 * The address is read through the helper: per-CPU arithmetic on a pointer whose type the verifier knows is refused.
 */
static __always_inline __u64 percpu_cpu_time(struct cgroup *cgrp)
{
	struct cgroup___rstat_cpu *old = (void *)cgrp;
	__u64 base = 0;

	if (bpf_core_field_exists(struct cgroup, rstat_base_cpu)) {
		bpf_core_read(&base, sizeof(base), &cgrp->rstat_base_cpu);
		if (base)
			base += bpf_core_field_offset(struct cgroup_rstat_base_cpu,
						      subtree_bstat.cputime.sum_exec_runtime);
	} else if (bpf_core_field_exists(struct cgroup_rstat_cpu, subtree_bstat)) {
		bpf_core_read(&base, sizeof(base), &old->rstat_cpu);
		if (base)
			base += bpf_core_field_offset(struct cgroup_rstat_cpu,
						      subtree_bstat.cputime.sum_exec_runtime);
	}
	return base;
}

#endif
