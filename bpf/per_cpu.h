/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * on_cpu(): where a per-CPU variable of the kernel is for a given CPU.
 *
 * The kernel's own table of per-CPU offsets is not in BTF, and often not in kallsyms either. A
 * per-CPU map of ours shows the same offsets: the place of its value on each CPU, less its per-CPU
 * address. find_offsets() has to run once, in a program that userspace calls.
 */
#ifndef SQUID_BPF_PER_CPU_H
#define SQUID_BPF_PER_CPU_H

#include "compat.h"
#include "kernel_types.h"

#define MAX_CPUS 1024

__u64 probe_addresses[MAX_CPUS];
__u64 probe_address;
__u32 cpu_count; /* set by userspace; 0: nothing per CPU is read */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} per_cpu_probe SEC(".maps");

static int find_offset(__u32 cpu, void *context __attribute__((unused)))
{
	__u32 first = 0;

	if (cpu >= MAX_CPUS)
		return 1;
	probe_addresses[cpu] = (__u64)bpf_map_lookup_percpu_elem(&per_cpu_probe, &first, cpu);
	return 0;
}

static __always_inline void find_offsets(void)
{
	/* Through memory, for the verifier forbids arithmetic on what it knows to be a map. */
	probe_address = (__u64)&per_cpu_probe;
	barrier();
	bpf_probe_read_kernel(
	    &probe_address, sizeof(probe_address),
	    (void *)(probe_address + bpf_core_field_offset(struct bpf_array, pptrs)));
	bpf_loop(cpu_count, find_offset, 0, 0);
}

static __always_inline void *on_cpu(__u64 address, __u32 cpu)
{
	return cpu < MAX_CPUS ? (void *)(address - probe_address + probe_addresses[cpu]) : 0;
}

#endif
