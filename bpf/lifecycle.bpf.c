// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Births and deaths of cgroups, and victims of the OOM killer, as they happen.
 *
 * A death carries the cgroup's last numbers. They are complete: its tasks are gone, and what the
 * kernel has not yet added up from the CPUs, which it does only after this, is added here.
 */
#include <linux/bpf.h>

#include "compat.h"
#include "kernel_types.h"
#include "lifecycle.h"
#include "per_cpu.h"
#include "read_cgroup.h"

#define EVENT_BYTES (1U << 19)
#define MAX_FLUSHES 4

__u64 lost; /* events that found the buffer full */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EVENT_BYTES);
} events SEC(".maps");

static __always_inline void describe(struct lifecycle_event *event, __u32 kind, struct cgroup *cgrp)
{
	event->kind = kind;
	event->hierarchy = cgrp->root->hierarchy_id;
	event->inode = cgrp->kn->id;
}

struct cgroup_event_arguments {
	struct cgroup *cgroup;
	const char *path;
};

SEC("tp_btf/cgroup_mkdir")
int cgroup_born(struct cgroup_event_arguments *ctx)
{
	struct lifecycle_birth *birth = bpf_ringbuf_reserve(&events, sizeof(*birth), 0);
	long size;

	if (!birth) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	describe(&birth->event, LIFECYCLE_BIRTH, typed(struct cgroup, ctx->cgroup));
	size = bpf_probe_read_kernel_str(birth->path, sizeof(birth->path), ctx->path);
	if (size <= 0 || size == sizeof(birth->path))
		birth->path[0] = 0;
	bpf_ringbuf_submit(birth, 0);
	return 0;
}

struct pending {
	__u64 address; /* per-CPU */
	struct task_cputime sum;
};

static int add_pending(__u32 cpu, struct pending *pending)
{
	struct task_cputime now = {}, flushed = {};
	void *base = on_cpu(pending->address, cpu);

	bpf_probe_read_kernel(&now, sizeof(now), base + pending_time_offset());
	bpf_probe_read_kernel(&flushed, sizeof(flushed), base + flushed_time_offset());
	pending->sum.stime += now.stime - flushed.stime;
	pending->sum.utime += now.utime - flushed.utime;
	pending->sum.sum_exec_runtime += now.sum_exec_runtime - flushed.sum_exec_runtime;
	return 0;
}

/* Until no flush came between the sum and what was not in it yet. */
static __always_inline void add_pending_cpu_time(struct cgroup *cgrp, struct record_cpu *cpu)
{
	int attempt;

	for (attempt = 0; attempt < MAX_FLUSHES; attempt++) {
		__u64 before = cgrp->bstat.cputime.sum_exec_runtime;
		struct pending pending = {.address = cpu_state_address(cgrp)};

		if (!pending.address)
			return;
		cpu->raw_user_ns = cgrp->bstat.cputime.utime;
		cpu->raw_kernel_ns = cgrp->bstat.cputime.stime;
		bpf_loop(cpu_count, add_pending, &pending, 0);
		cpu->total_ns = before + pending.sum.sum_exec_runtime;
		cpu->raw_user_ns += pending.sum.utime;
		cpu->raw_kernel_ns += pending.sum.stime;
		if (cgrp->bstat.cputime.sum_exec_runtime == before)
			return;
	}
}

SEC("tp_btf/cgroup_rmdir")
int cgroup_died(struct cgroup_event_arguments *ctx)
{
	static const struct walk_request everything = {
	    .groups = 1U << RECORD_CPU | 1U << RECORD_THROTTLING | 1U << RECORD_MEMORY |
		      1U << RECORD_MEMORY_EVENTS | 1U << RECORD_PRESSURE,
	};
	static const struct memory_stat_index none;
	struct lifecycle_death *death = bpf_ringbuf_reserve(&events, sizeof(*death), 0);
	struct cgroup *cgrp = typed(struct cgroup, ctx->cgroup);

	if (!death) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	describe(&death->event, LIFECYCLE_DEATH, cgrp);
	death->last.inode = death->event.inode;
	death->last.time_ns = bpf_ktime_get_ns();
	read_cgroup(cgrp, &death->last, &everything, &none);
	add_pending_cpu_time(cgrp, &death->last.cpu);
	bpf_ringbuf_submit(death, 0);
	return 0;
}

static __always_inline void describe_levels(struct lifecycle_oom_kill *kill,
					    struct mem_cgroup *memcg)
{
	int level;

	for (level = 0; level < LIFECYCLE_LEVELS; level++) {
		kill->levels[level].inode = 0;
		if (!memcg)
			continue;
		kill->levels[level].inode = memcg->css.cgroup->kn->id;
		kill->levels[level].limit_pages = memcg->memory.max;
		kill->levels[level].usage_pages = memcg->memory.usage.counter;
		/* A mem_cgroup begins with its css. */
		memcg = typed(struct mem_cgroup, memcg->css.parent);
	}
}

struct mark_victim_arguments {
	struct task_struct *task;
};

SEC("tp_btf/mark_victim")
int task_killed_for_memory(struct mark_victim_arguments *ctx)
{
	struct task_struct *task = typed(struct task_struct, ctx->task);
	struct lifecycle_oom_kill *kill;
	struct mem_cgroup *memcg;

	memcg = typed(struct mem_cgroup, read_subsystem(task->cgroups, memory_cgrp_id));
	if (!memcg)
		return 0;
	kill = bpf_ringbuf_reserve(&events, sizeof(*kill), 0);
	if (!kill) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	describe(&kill->event, LIFECYCLE_OOM_KILL, memcg->css.cgroup);
	describe_levels(kill, memcg);
	kill->pid = task->tgid;
	bpf_probe_read_kernel(kill->comm, sizeof(kill->comm), task->comm);
	bpf_ringbuf_submit(kill, 0);
	return 0;
}

SEC("syscall")
int find_cpu_offsets(void)
{
	find_offsets();
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
