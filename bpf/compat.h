/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Everything that depends on the age of the kernel, each with what forced it. Asked of BTF at load
 * time, never of a version number: vendors back-port.
 */
#ifndef SQUID_BPF_COMPAT_H
#define SQUID_BPF_COMPAT_H

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct cgroup_rstat_cpu {
	struct cgroup_base_stat bstat;
	struct cgroup_base_stat last_bstat;
	struct cgroup_base_stat subtree_bstat;
};

struct cgroup___rstat_cpu {
	struct cgroup_rstat_cpu *rstat_cpu;
};

/* Before 5.15: a pointer, or with the lowest bit other things instead. */
struct sock_cgroup_data___val {
	__u64 val;
};

struct sock___val {
	struct sock_cgroup_data___val sk_cgrp_data;
};

/* On a real-time kernel, where it is a mutex. */
struct spinlock___rt {
	struct rt_mutex_base {
	} lock;
};

#pragma clang attribute pop

/*
 * Memory of the kernel is read by plain loads, which cost next to nothing and give zero at a bad
 * address, where the verifier can be told the type of a pointer: since bpf_rdonly_cast (6.2), that
 * it turns into a mere move. Before, a pointer that was found by hand is a number to it, and only
 * the helper reads there: some 10 ns each time.
 */
void *bpf_rdonly_cast(const void *pointer, __u32 type) __ksym __weak;

#define can_cast bpf_core_enum_value_exists(enum special_kfunc_type, KF_bpf_rdonly_cast)

/*
 * The pointer as one that read_into() may follow. For what a tracepoint hands over it is not
 * needed, but spares time at the load: for each pointer that is found behind a trusted one, the
 * verifier searches all of the kernel's types by name, several times.
 */
#define typed(type, pointer)                                                                       \
	((type *)(can_cast ? bpf_rdonly_cast((pointer), bpf_core_type_id_kernel(type))             \
			   : (void *)(pointer)))

#define read_into(destination, source)                                                             \
	do {                                                                                       \
		if (can_cast) {                                                                    \
			(destination) = (source);                                                  \
			barrier(); /* or clang makes one load of it and of that from the stack */  \
		} else {                                                                           \
			bpf_core_read(&(destination), sizeof(destination), &(source));             \
		}                                                                                  \
	} while (0)

/* The number at a mere address. A pointer can only be cast to a struct, so: to one that begins with
 * a number. */
#define read_number(destination, address)                                                          \
	read_into(destination, typed(struct task_cputime, address)->stime)

/* Real-time kernels run them as threads. */
static __always_inline bool softirqs_preempt_each_other(void)
{
	return bpf_core_field_exists(struct spinlock___rt, lock);
}

/*
 * CPU time per CPU, children included: kept since "cgroup/rstat: Record the cumulative per-cpu time
 * of cgroup and its descendants" (6.6), moved by "cgroup: use separate rstat trees for each
 * subsystem" (6.16). Returns a per-CPU address.
 */
static __always_inline bool keeps_cpu_times(void)
{
	return bpf_core_field_exists(struct cgroup, rstat_base_cpu) ||
	       bpf_core_field_exists(struct cgroup_rstat_cpu, subtree_bstat);
}

/* Where a cgroup keeps what its tasks used on each CPU. A per-CPU address. */
static __always_inline __u64 cpu_state_address(struct cgroup *cgrp)
{
	struct cgroup___rstat_cpu *old = (void *)cgrp;
	__u64 address = 0;

	if (bpf_core_field_exists(struct cgroup, rstat_base_cpu))
		bpf_core_read(&address, sizeof(address), &cgrp->rstat_base_cpu);
	else if (bpf_core_field_exists(old->rstat_cpu))
		bpf_core_read(&address, sizeof(address), &old->rstat_cpu);
	return address;
}

/* An offset in there, whichever struct it is on this kernel. */
#define cpu_state_offset(member)                                                                   \
	(bpf_core_field_exists(struct cgroup, rstat_base_cpu)                                      \
	     ? bpf_core_field_offset(struct cgroup_rstat_base_cpu, member)                         \
	     : bpf_core_field_offset(struct cgroup_rstat_cpu, member))

/* What the tasks used, and how much of it the kernel has added to the cgroup's own sum. */
static __always_inline __u32 pending_time_offset(void)
{
	return cpu_state_offset(bstat.cputime);
}

static __always_inline __u32 flushed_time_offset(void)
{
	return cpu_state_offset(last_bstat.cputime);
}

static __always_inline __u64 cpu_time_address(struct cgroup *cgrp)
{
	__u64 address = keeps_cpu_times() ? cpu_state_address(cgrp) : 0;

	return address ? address + cpu_state_offset(subtree_bstat.cputime.sum_exec_runtime) : 0;
}

/*
 * The page counter of kernel memory, that only cgroup v1 shows, went with the rest of v1 behind
 * CONFIG_MEMCG_V1 (6.11). Returns pages.
 */
static __always_inline __u64 kernel_memory_counter(struct mem_cgroup *memcg, __u64 otherwise)
{
	__u64 pages = otherwise;

	if (bpf_core_field_exists(memcg->kmem))
		read_into(pages, memcg->kmem.usage.counter);
	return pages;
}

/* The cgroup of a socket; 0 where it has none, or shares its place with what cgroup v1 marks. */
static __always_inline __u64 cgroup_id_of_socket(struct sock *sk)
{
	struct kernfs_node *kn = 0;
	struct cgroup *cgrp = 0;
	__u64 id = 0;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup)) {
		cgrp = sk->sk_cgrp_data.cgroup;
	} else {
		__u64 value = ((struct sock___val *)(void *)sk)->sk_cgrp_data.val;

		cgrp = value & 1 ? 0 : (struct cgroup *)(value & ~3ULL);
	}
	if (!cgrp)
		return 0;
	cgrp = typed(struct cgroup, cgrp);
	read_into(kn, cgrp->kn);
	read_into(id, kn->id);
	return id;
}

#endif
