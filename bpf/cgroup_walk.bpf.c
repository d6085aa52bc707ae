// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * One pass over a cgroup hierarchy: a record for each live cgroup goes into an array that userspace has
 * mapped. There are two ways to get from one cgroup to the next, of which userspace loads the one that this
 * kernel can do; what is read of each cgroup is the same.
 *
 * Nothing is flushed here: the kfunc that could is not for programs run by a syscall, and in a cgroup iterator
 * it would hold cgroup_mutex meanwhile. Userspace flushes first.
 */
#include <linux/bpf.h>

#include "compat.h"
#include "kernel_types.h"
#include "record.h"

#define MAX_CPUS 1024

struct walk_request request;
struct walk_result result;
struct memory_stat_index stat_index;
/* Where the value of per_cpu_probe is for each CPU, and its per-CPU address: their difference turns any other
 * per-CPU address into the one for that CPU. */
__u64 probe_addresses[MAX_CPUS];
__u64 probe_address;
__u32 cpu_count;
struct raw_memory_stat raw_memory_stat;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, struct cgroup_record);
} records SEC(".maps");

/* Nanoseconds per CPU: cpu_count entries for each record. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, __u64);
} cpu_times SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} per_cpu_probe SEC(".maps");

#define wanted(group) (request.groups & (1U << (group)))

/*
 * A subsystem's state, null where the controller is not enabled for this cgroup. The verifier takes it for a
 * bare css, so what lies around it is read through the helper and not by plain loads.
 */
#define subsystem_state(cgrp, id) \
	(bpf_core_enum_value_exists(enum cgroup_subsys_id, id) ? \
		 (cgrp)->subsys[bpf_core_enum_value(enum cgroup_subsys_id, id)] : \
		 0)

#define read_into(destination, source) bpf_core_read(&(destination), sizeof(destination), &(source))

static __always_inline void read_cpu(struct cgroup *cgrp, struct cgroup_record *record)
{
	record->cpu.total_ns = cgrp->bstat.cputime.sum_exec_runtime;
	record->cpu.raw_user_ns = cgrp->bstat.cputime.utime;
	record->cpu.raw_kernel_ns = cgrp->bstat.cputime.stime;
	record->supplied |= 1U << RECORD_CPU;
}

static __always_inline void read_throttling(struct cgroup *cgrp, struct cgroup_record *record)
{
	struct task_group *group = (void *)subsystem_state(cgrp, cpu_cgrp_id);

	/* Without CONFIG_CFS_BANDWIDTH the struct is empty. */
	if (!group || !bpf_core_field_exists(struct cfs_bandwidth, quota))
		return;
	read_into(record->throttling.quota_ns, group->cfs_bandwidth.quota);
	read_into(record->throttling.period_ns, group->cfs_bandwidth.period);
	read_into(record->throttling.throttled_ns, group->cfs_bandwidth.throttled_time);
	read_into(record->throttling.periods, group->cfs_bandwidth.nr_periods);
	read_into(record->throttling.throttled_periods, group->cfs_bandwidth.nr_throttled);
	record->supplied |= 1U << RECORD_THROTTLING;
}

static __always_inline void read_memory(struct mem_cgroup *memcg, struct cgroup_record *record)
{
	read_into(record->memory.usage_pages, memcg->memory.usage);
	read_into(record->memory.limit_pages, memcg->memory.max);
	read_into(record->memory.peak_pages, memcg->memory.watermark);
	record->supplied |= 1U << RECORD_MEMORY;
}

#define read_state(destination, field) \
	do { \
		__u64 index_ = stat_index.of[field]; \
		destination = RECORD_ABSENT; \
		if (index_ != STAT_UNKNOWN) \
			bpf_probe_read_kernel(&(destination), sizeof(destination), state + index_); \
	} while (0)

static __always_inline void read_memory_stat(struct mem_cgroup *memcg, struct cgroup_record *record)
{
	struct record_memory_stat *stat = &record->memory_stat;
	struct memcg_vmstats *vmstats = 0;
	const __u64 *state, *events;

	if (read_into(vmstats, memcg->vmstats) || !vmstats)
		return;
	state = (void *)vmstats + bpf_core_field_offset(struct memcg_vmstats, state);
	events = (void *)vmstats + bpf_core_field_offset(struct memcg_vmstats, events);

	read_state(stat->anon_pages, STAT_ANON);
	read_state(stat->file_pages, STAT_FILE);
	read_state(stat->shmem_pages, STAT_SHMEM);
	read_state(stat->inactive_file_pages, STAT_INACTIVE_FILE);
	/* Cgroup v1 shows the page counter of kernel memory, and swap out of state[]; v2 the reverse. */
	if (request.hierarchy) {
		read_state(stat->swap_pages, STAT_SWAP);
		stat->kernel_pages = RECORD_ABSENT;
		if (bpf_core_field_exists(memcg->kmem))
			read_into(stat->kernel_pages, memcg->kmem.usage);
	} else {
		read_into(stat->swap_pages, memcg->swap.usage);
		read_state(stat->kernel_pages, STAT_KERNEL);
	}
	state = events;
	read_state(stat->page_faults, STAT_PAGE_FAULTS);
	read_state(stat->major_faults, STAT_MAJOR_FAULTS);
	record->supplied |= 1U << RECORD_MEMORY_STAT;
}

#define read_event(destination, event) \
	read_into(destination, \
		  memcg->memory_events[bpf_core_enum_value(enum memcg_memory_event, event)])

static __always_inline void read_memory_events(struct mem_cgroup *memcg,
					       struct cgroup_record *record)
{
	read_event(record->memory_events.low, MEMCG_LOW);
	read_event(record->memory_events.high, MEMCG_HIGH);
	read_event(record->memory_events.max, MEMCG_MAX);
	read_event(record->memory_events.oom, MEMCG_OOM);
	read_event(record->memory_events.oom_kill, MEMCG_OOM_KILL);
	record->supplied |= 1U << RECORD_MEMORY_EVENTS;
}

static __always_inline void read_pids(struct cgroup *cgrp, struct cgroup_record *record)
{
	struct pids_cgroup *pids = (void *)subsystem_state(cgrp, pids_cgrp_id);

	if (!pids)
		return;
	read_into(record->pids.current, pids->counter);
	read_into(record->pids.limit, pids->limit);
	record->supplied |= 1U << RECORD_PIDS;
}

static __always_inline void read_groups(struct cgroup *cgrp, struct cgroup_record *record)
{
	const __u32 memory_groups =
		1U << RECORD_MEMORY | 1U << RECORD_MEMORY_STAT | 1U << RECORD_MEMORY_EVENTS;

	if (wanted(RECORD_CPU))
		read_cpu(cgrp, record);
	if (wanted(RECORD_THROTTLING))
		read_throttling(cgrp, record);
	if (wanted(RECORD_PIDS))
		read_pids(cgrp, record);
	if (request.groups & memory_groups) {
		struct mem_cgroup *memcg = (void *)subsystem_state(cgrp, memory_cgrp_id);

		if (!memcg)
			return;
		if (wanted(RECORD_MEMORY))
			read_memory(memcg, record);
		if (wanted(RECORD_MEMORY_STAT))
			read_memory_stat(memcg, record);
		if (wanted(RECORD_MEMORY_EVENTS))
			read_memory_events(memcg, record);
	}
}

/* Returns the record, null where there is none for this cgroup. */
static __always_inline struct cgroup_record *record_cgroup(struct cgroup *cgrp, __u32 *index)
{
	struct cgroup_record *record;

	/* The root has no files of its own: its numbers are the host's, and not kept here. */
	if (cgrp->level == 0)
		return 0;
	if (!(cgrp->self.flags & CSS_ONLINE)) {
		result.dying++;
		return 0;
	}
	*index = request.first + result.recorded;
	record = bpf_map_lookup_elem(&records, index);
	if (!record) {
		result.overflow++;
		return 0;
	}
	record->inode = cgrp->kn->id;
	record->time_ns = bpf_ktime_get_ns();
	record->level = cgrp->level;
	record->supplied = 0;
	read_groups(cgrp, record);
	if (record->level == 1)
		result.top_level_sum += record->inode;
	result.recorded++;
	return record;
}

static __always_inline void record_cpu_times(struct cgroup *cgrp, __u32 record_index)
{
	__u64 base = percpu_cpu_time(cgrp);
	struct bpf_iter_num it;
	int *next;

	if (!base)
		return;
	bpf_iter_num_new(&it, 0, cpu_count);
	while ((next = bpf_iter_num_next(&it))) {
		__u32 cpu = *next;
		__u32 index = record_index * cpu_count + cpu;
		__u64 *time = bpf_map_lookup_elem(&cpu_times, &index);

		if (time && cpu < MAX_CPUS)
			bpf_probe_read_kernel(time, sizeof(*time),
					      (void *)(base - probe_address + probe_addresses[cpu]));
	}
	bpf_iter_num_destroy(&it);
}

static __always_inline struct cgroup *acquire_root(void)
{
	struct cgroup *own, *root;

	if (!request.hierarchy)
		return bpf_cgroup_from_id(request.root_inode);
	own = bpf_task_get_cgroup1(bpf_get_current_task_btf(), request.hierarchy);
	if (!own)
		return 0;
	root = bpf_cgroup_ancestor(own, 0);
	bpf_cgroup_release(own);
	return root;
}

/* Kernels from 6.7 on: by RCU alone, so the creation and removal of cgroups never waits for us. */
SEC("syscall")
int walk_by_rcu(void)
{
	struct cgroup_subsys_state *css;
	struct bpf_iter_css it;
	struct cgroup *root;

	root = acquire_root();
	if (!root) {
		result.failed = 1;
		return 0;
	}
	bpf_rcu_read_lock();
	bpf_iter_css_new(&it, &root->self, BPF_CGROUP_ITER_DESCENDANTS_PRE);
	while ((css = bpf_iter_css_next(&it))) {
		struct cgroup *cgrp = css->cgroup;
		__u32 index;

		if (record_cgroup(cgrp, &index) && request.per_cpu)
			record_cpu_times(cgrp, index);
	}
	bpf_iter_css_destroy(&it);
	bpf_rcu_read_unlock();
	bpf_cgroup_release(root);
	return 0;
}

/* Kernels from 6.1 on: the kernel holds cgroup_mutex during the whole walk. */
SEC("iter/cgroup")
int walk_by_iterator(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *cgrp = ctx->cgroup;
	__u32 index;

	if (cgrp)
		record_cgroup(cgrp, &index);
	return 0;
}

/*
 * The kernel's own table of per-CPU offsets is not in BTF, and often not in kallsyms either. A per-CPU map of ours
 * shows the same offsets.
 */
SEC("syscall")
int find_cpu_offsets(void)
{
	struct bpf_iter_num it;
	__u32 first = 0;
	int *next;

	/* Through memory, for the verifier forbids arithmetic on what it knows to be a map. */
	probe_address = (__u64)&per_cpu_probe;
	barrier();
	bpf_probe_read_kernel(&probe_address, sizeof(probe_address),
			      (void *)(probe_address +
				       bpf_core_field_offset(struct bpf_array, pptrs)));
	bpf_iter_num_new(&it, 0, cpu_count);
	while ((next = bpf_iter_num_next(&it))) {
		__u32 cpu = *next;

		if (cpu < MAX_CPUS)
			probe_addresses[cpu] =
				(__u64)bpf_map_lookup_percpu_elem(&per_cpu_probe, &first, cpu);
	}
	bpf_iter_num_destroy(&it);
	return 0;
}

#define enum_index(type, value) \
	(bpf_core_enum_value_exists(type, value) ? bpf_core_enum_value(type, value) : STAT_UNKNOWN)

/* A cgroup's statistics as they lie in memory; attached to one cgroup at a time. */
SEC("iter/cgroup")
int observe_memory_stat(struct bpf_iter__cgroup *ctx)
{
	struct raw_memory_stat *raw = &raw_memory_stat;
	struct memcg_vmstats *vmstats = 0;
	struct cgroup *cgrp = ctx->cgroup;
	struct mem_cgroup *memcg;
	__u32 state_size = bpf_core_field_size(struct memcg_vmstats, state);
	__u32 events_size = bpf_core_field_size(struct memcg_vmstats, events);

	if (!cgrp)
		return 0;
	memcg = (void *)subsystem_state(cgrp, memory_cgrp_id);
	if (!memcg || read_into(vmstats, memcg->vmstats) || !vmstats)
		return 0;
	if (state_size > sizeof(raw->state))
		state_size = sizeof(raw->state);
	if (events_size > sizeof(raw->events))
		events_size = sizeof(raw->events);
	if (bpf_core_read(raw->state, state_size, &vmstats->state) ||
	    bpf_core_read(raw->events, events_size, &vmstats->events))
		return 0;
	raw->state_count = state_size / sizeof(long);
	raw->events_count = events_size / sizeof(long);
	raw->by_enum.of[STAT_ANON] = enum_index(enum node_stat_item, NR_ANON_MAPPED);
	raw->by_enum.of[STAT_FILE] = enum_index(enum node_stat_item, NR_FILE_PAGES);
	raw->by_enum.of[STAT_SHMEM] = enum_index(enum node_stat_item, NR_SHMEM);
	raw->by_enum.of[STAT_INACTIVE_FILE] = enum_index(enum node_stat_item, NR_INACTIVE_FILE);
	raw->by_enum.of[STAT_KERNEL] = enum_index(enum memcg_stat_item, MEMCG_KMEM);
	raw->by_enum.of[STAT_SWAP] = enum_index(enum memcg_stat_item, MEMCG_SWAP);
	raw->by_enum.of[STAT_PAGE_FAULTS] = enum_index(enum vm_event_item, PGFAULT);
	raw->by_enum.of[STAT_MAJOR_FAULTS] = enum_index(enum vm_event_item, PGMAJFAULT);
	raw->kernel_from_end = bpf_core_enum_value(enum memcg_stat_item, MEMCG_NR_STAT) -
			       bpf_core_enum_value(enum memcg_stat_item, MEMCG_KMEM);
	raw->swap_from_end = bpf_core_enum_value(enum memcg_stat_item, MEMCG_NR_STAT) -
			     bpf_core_enum_value(enum memcg_stat_item, MEMCG_SWAP);
	raw->inode = cgrp->kn->id;
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
