// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * How long the tasks of each cgroup wait for a CPU, and how often they lose it.
 *
 * One program, at the switch from one task to the next, and no clock is read: the kernel itself
 * notes when a task was queued, and adds up its waits. A task that was moved from queue to queue
 * has its wait in both places, so what it had waited when it left a CPU is remembered.
 */
#include <linux/bpf.h>

#include "compat.h"
#include "kernel_types.h"
#include "latency.h"
#include "slots.h"

DEFINE_SLOTS(struct latency_slot, struct latency_key)

__u64 no_slot; /* switches that found no room for their cgroup */
/* Set by userspace: on cgroup v1 the cpu controller has a hierarchy of its own. */
const volatile __u32 has_own_hierarchy;

/* Of each task, from the switch at which it left its CPU. */
struct left {
	__u64 waited_ns; /* in all its life */
	__u32 slot;	 /* of its cgroup then; others may have it by now */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct left);
} left_by SEC(".maps");

static __always_inline __u64 cgroup_of(struct task_struct *task)
{
	struct css_set *cgroups = task->cgroups;

	if (has_own_hierarchy)
		return cgroups->subsys[bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id)]
		    ->cgroup->kn->id;
	return cgroups->dfl_cgrp->kn->id;
}

/* Spares the search where the task is still in the cgroup that it was in the last time. */
static __always_inline struct latency_slot *find_slot_again(__u64 cgroup, struct left *left)
{
	struct latency_key key = {.cgroup = cgroup};
	struct latency_slot *slot = 0;
	__u32 *index;

	if (left)
		slot = bpf_map_lookup_elem(&slots, &left->slot);
	if (slot && slot->key.cgroup == cgroup)
		return slot;
	slot = find_slot(&key);
	if (!slot)
		__sync_fetch_and_add(&no_slot, 1);
	index = left ? bpf_map_lookup_elem(&slot_of, &key) : 0;
	if (index)
		left->slot = *index;
	return slot;
}

static __always_inline void leave(struct task_struct *trusted, bool preempted)
{
	struct task_struct *task = typed(struct task_struct, trusted);
	__u64 cgroup = cgroup_of(task);
	struct latency_slot *slot;
	struct left *left;

	if (cgroup == ROOT_CGROUP)
		return;
	left = bpf_task_storage_get(&left_by, trusted, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (left)
		left->waited_ns = task->sched_info.run_delay;
	if (!preempted && task->__state)
		return;
	slot = find_slot_again(cgroup, left);
	if (slot)
		__sync_fetch_and_add(&slot->involuntary_switches, 1);
}

static __always_inline void enter(struct task_struct *trusted)
{
	struct task_struct *task = typed(struct task_struct, trusted);
	__u64 queued = task->sched_info.last_queued, cgroup, now, wait;
	struct latency_slot *slot;
	struct left *left;

	/* The idle task never waits. */
	if (!queued)
		return;
	cgroup = cgroup_of(task);
	if (cgroup == ROOT_CGROUP)
		return;
	now = task->se.cfs_rq->rq->clock;
	wait = now > queued ? now - queued : 0;
	left = bpf_task_storage_get(&left_by, trusted, 0, 0);
	if (left)
		wait += task->sched_info.run_delay - left->waited_ns;
	else if (!task->sched_info.pcount)
		wait += task->sched_info.run_delay; /* it has never run */
	slot = find_slot_again(cgroup, left);
	if (slot)
		count_time(&slot->waits, wait);
}

struct switch_arguments {
	__u64 preempted;
	struct task_struct *previous;
	struct task_struct *next;
};

SEC("tp_btf/sched_switch")
int task_switched(struct switch_arguments *ctx)
{
	leave(ctx->previous, ctx->preempted);
	enter(ctx->next);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
