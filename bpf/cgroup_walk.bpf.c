// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * One pass over the cgroup hierarchies, one after the other: a record for each live cgroup goes
 * into an array that userspace has mapped.
 *
 * The tree is walked by hand, along the lists that the kernel itself follows under RCU. The
 * kernel's own cgroup iterator would hold cgroup_mutex during the whole walk, so that nobody could
 * start or stop a container meanwhile, and the css iterator that does not is only there from 6.7
 * on. This is a task iterator because these run under RCU and may be preempted. Which task it is at
 * does not matter: it writes one byte for each, so that userspace, which reads one byte at a time,
 * has a walk per read, and needs a new iterator only at the end of the list of all tasks.
 *
 * Nothing is flushed here: no program that may do that runs without locks. Userspace flushes first.
 */
#include <linux/bpf.h>

#include "compat.h"
#include "kernel_types.h"
#include "per_cpu.h"
#include "read_cgroup.h"
#include "record.h"

/* Two for each cgroup at most; against a list that never ends. */
#define MAX_STEPS (1U << 22)
/* Reading the clock makes the processor wait for all loads before it, so that those of one cgroup
 * no longer overlap with those of the next. Some 10 us then pass between two readings. */
#define RECORDS_PER_CLOCK 16

struct walk_request requests[WALKS_MAX];
struct walk_result results[WALKS_MAX];
/* Of the walk that is going on. Here and not on the stack, of which the verifier keeps every
 * content that it has seen: it would look at step() five times as long. */
static struct walk_request request;
static struct walk_result result;
static struct {
	struct cgroup_subsys_state *root;
	struct cgroup_subsys_state *css; /* where we are; null at the end */
	__u64 now_ns;
	__u32 depth; /* below the root */
	bool children_done;
} walk;
struct memory_stat_index stat_index;
struct raw_memory_stat raw_memory_stat;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, struct cgroup_record);
} records SEC(".maps");

/* Nanoseconds on each CPU: cpu_count entries for each record. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, __u64);
} cpu_times SEC(".maps");

struct cpu_times_reader {
	__u64 address; /* per-CPU */
	__u32 first;   /* index into cpu_times */
};

static int read_cpu_time(__u32 cpu, struct cpu_times_reader *reader)
{
	__u32 index = reader->first + cpu;
	__u64 *time = bpf_map_lookup_elem(&cpu_times, &index);

	if (time)
		bpf_probe_read_kernel(time, sizeof(*time), on_cpu(reader->address, cpu));
	return 0;
}

static __always_inline void read_cpu_times(struct cgroup *cgrp, __u32 record_index)
{
	struct cpu_times_reader reader = {
	    .address = cpu_time_address(cgrp),
	    .first = record_index * cpu_count,
	};

	if (reader.address)
		bpf_loop(cpu_count, read_cpu_time, &reader, 0);
}

#define cgroup_of(css)                                                                             \
	typed(struct cgroup, (void *)(css)-bpf_core_field_offset(struct cgroup, self))
#define css_of(entry)                                                                              \
	typed(struct cgroup_subsys_state,                                                          \
	      (void *)(entry)-bpf_core_field_offset(struct cgroup_subsys_state, sibling))

static __always_inline void visit(void)
{
	struct cgroup *cgrp = cgroup_of(walk.css);
	__u32 index = result.first + result.recorded;
	struct cgroup_record *record;
	struct kernfs_node *kn = 0;
	unsigned int flags = 0;
	__u64 serial = 0;

	read_into(flags, cgrp->self.flags);
	if (!(flags & CSS_ONLINE)) {
		result.dying++;
		return;
	}
	record = bpf_map_lookup_elem(&records, &index);
	if (!record) {
		result.overflow++;
		return;
	}
	read_into(serial, cgrp->self.serial_nr);
	/* In most passes the record is about the same cgroup as in the pass before, and its node,
	 * which nobody has touched since, need not be fetched from far memory. */
	if (record->serial != serial) {
		read_into(kn, cgrp->kn);
		read_into(record->inode, kn->id);
		record->serial = serial;
	}
	if (result.recorded % RECORDS_PER_CLOCK == 0)
		walk.now_ns = bpf_ktime_get_ns();
	record->time_ns = walk.now_ns;
	read_cgroup(cgrp, record, &request, &stat_index);
	if (request.per_cpu)
		read_cpu_times(cgrp, index);
	if (walk.depth == 1)
		result.top_level_sum += record->inode;
	result.recorded++;
}

/* In pre-order: down to the first child, else on to the next sibling, else up. */
static int step(__u32 number __attribute__((unused)), void *context __attribute__((unused)))
{
	struct cgroup_subsys_state *css = typed(struct cgroup_subsys_state, walk.css);
	struct cgroup_subsys_state *parent = 0;
	struct list_head *next = 0;

	if (!walk.children_done) {
		if (css != walk.root)
			visit();
		read_into(next, css->children.next);
		if (next != &css->children) {
			walk.css = css_of(next);
			walk.depth++;
			return 0;
		}
	}
	if (css == walk.root) {
		walk.css = 0;
		return 1;
	}
	read_into(parent, css->parent);
	read_into(next, css->sibling.next);
	walk.children_done = next == &parent->children;
	walk.css = walk.children_done ? parent : css_of(next);
	walk.depth -= walk.children_done;
	return 0;
}

/* The cgroup of a task in the hierarchy that is asked for; null where it has none of our
 * controllers. */
static __always_inline struct cgroup *find_own_cgroup(struct task_struct *task)
{
	struct css_set *cgroups = task->cgroups;
	struct cgroup_subsys_state *css;
	struct cgroup_root *root = 0;
	struct cgroup *cgrp = 0;
	int hierarchy = 0;

	if (!request.hierarchy) {
		read_into(cgrp, cgroups->dfl_cgrp);
		return cgrp;
	}
#define return_if_there(id)                                                                        \
	do {                                                                                       \
		css = read_subsystem(cgroups, id);                                                 \
		read_into(cgrp, css->cgroup);                                                      \
		read_into(root, cgrp->root);                                                       \
		read_into(hierarchy, root->hierarchy_id);                                          \
		if (hierarchy == (int)request.hierarchy)                                           \
			return cgrp;                                                               \
	} while (0)
	return_if_there(memory_cgrp_id);
	return_if_there(cpu_cgrp_id);
	return_if_there(pids_cgrp_id);
#undef return_if_there
	return 0;
}

/* One step up from walk.root; ends at the directory that is the root for userspace, or with null
 * where that is not above us. */
static int ascend(__u32 depth __attribute__((unused)), void *context __attribute__((unused)))
{
	struct cgroup_subsys_state *parent = 0;
	struct kernfs_node *kn = 0;
	struct cgroup *cgrp;
	__u64 inode = 0;

	if (!walk.root)
		return 1;
	cgrp = cgroup_of(walk.root);
	read_into(kn, cgrp->kn);
	read_into(inode, kn->id);
	if (inode == request.root_inode)
		return 1;
	read_into(parent, cgrp->self.parent);
	walk.root = parent;
	return 0;
}

struct pass {
	struct task_struct *task;
	__u32 next; /* record that is free */
};

static int walk_hierarchy(__u32 number, struct pass *pass)
{
	struct task_struct *task = typed(struct task_struct, pass->task);
	struct cgroup *own;

	/* Userspace asks for as many as there are. */
	if (number >= WALKS_MAX || !requests[number].root_inode)
		return 1;
	request = requests[number];
	__builtin_memset(&result, 0, sizeof(result));
	result.first = pass->next;
	__builtin_memset(&walk, 0, sizeof(walk));
	own = find_own_cgroup(task);
	walk.root = own ? &own->self : 0;
	bpf_loop(MAX_STEPS, ascend, 0, 0);
	if (walk.root) {
		walk.css = walk.root;
		bpf_loop(MAX_STEPS, step, 0, 0);
		if (walk.css)
			result.overflow++;
		result.done = 1;
	}
	pass->next += result.recorded;
	results[number] = result;
	return 0;
}

SEC("iter/task")
int walk_cgroups(struct bpf_iter__task *ctx)
{
	struct pass pass = {.task = bpf_get_current_task_btf()};
	char walked = 1;

	/* Null in the iterator's last call, after all tasks. */
	if (!ctx->task)
		return 0;
	bpf_loop(WALKS_MAX, walk_hierarchy, &pass, 0);
	bpf_seq_write(ctx->meta->seq, &walked, sizeof(walked));
	return 0;
}

SEC("syscall")
int find_cpu_offsets(void)
{
	if (keeps_cpu_times())
		find_offsets();
	else
		cpu_count = 0;
	return 0;
}

#define enum_value(type, value)                                                                    \
	(bpf_core_enum_value_exists(type, value) ? bpf_core_enum_value(type, value) : STAT_UNKNOWN)

/* The statistics of one cgroup as they lie in memory; attached to one cgroup at a time, at start
 * only. */
SEC("iter/cgroup")
int observe_memory_stat(struct bpf_iter__cgroup *ctx)
{
	__u32 state_size = bpf_core_field_size(struct memcg_vmstats, state);
	__u32 events_size = bpf_core_field_size(struct memcg_vmstats, events);
	struct raw_memory_stat *raw = &raw_memory_stat;
	struct memcg_vmstats *vmstats = 0;
	struct cgroup *cgrp = ctx->cgroup;
	struct mem_cgroup *memcg;

	if (!cgrp)
		return 0;
	memcg = typed(struct mem_cgroup, read_subsystem(cgrp, memory_cgrp_id));
	if (memcg)
		read_into(vmstats, memcg->vmstats);
	if (!vmstats)
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
	raw->by_enum.of[STAT_ANON] = enum_value(enum node_stat_item, NR_ANON_MAPPED);
	raw->by_enum.of[STAT_FILE] = enum_value(enum node_stat_item, NR_FILE_PAGES);
	raw->by_enum.of[STAT_SHMEM] = enum_value(enum node_stat_item, NR_SHMEM);
	raw->by_enum.of[STAT_INACTIVE_FILE] = enum_value(enum node_stat_item, NR_INACTIVE_FILE);
	raw->by_enum.of[STAT_KERNEL] = enum_value(enum memcg_stat_item, MEMCG_KMEM);
	raw->by_enum.of[STAT_SWAP] = enum_value(enum memcg_stat_item, MEMCG_SWAP);
	raw->enum_end = enum_value(enum memcg_stat_item, MEMCG_NR_STAT);
	raw->seen = 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
