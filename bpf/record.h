/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The wire format between the BPF programs and userspace, included by both. Plain numbers as the
 * kernel keeps them: pages stay pages, an unlimited limit stays the kernel's constant. What they
 * mean is decode's business.
 */
#ifndef SQUID_BPF_RECORD_H
#define SQUID_BPF_RECORD_H

#include <linux/types.h>

/* Bit numbers of cgroup_record.supplied and walk_request.groups; the order is that of
 * squid::MetricGroup. */
enum record_group {
	RECORD_CPU,
	RECORD_THROTTLING,
	RECORD_MEMORY,
	RECORD_MEMORY_STAT,
	RECORD_MEMORY_EVENTS,
	RECORD_PIDS,
	RECORD_PRESSURE,
};

/* A field that could not be read although its group could. No kernel counter gets there. */
#define RECORD_ABSENT (~0ULL)

struct record_cpu {
	__u64 total_ns;
	/* As sampled by the tick; only their ratio means something. */
	__u64 raw_user_ns;
	__u64 raw_kernel_ns;
};

struct record_throttling {
	__u64 quota_ns; /* all ones: none */
	__u64 period_ns;
	__u64 throttled_ns;
	__u32 periods;
	__u32 throttled_periods;
};

struct record_memory {
	__u64 usage_pages;
	__u64 limit_pages;
	__u64 peak_pages;
};

struct record_memory_stat {
	__u64 anon_pages;
	__u64 file_pages;
	__u64 shmem_pages;
	__u64 kernel_pages;
	__u64 inactive_file_pages;
	__u64 swap_pages;
	__u64 page_faults;
	__u64 major_faults;
};

struct record_memory_events {
	__u64 low;
	__u64 high;
	__u64 max;
	__u64 oom;
	__u64 oom_kill;
};

struct record_pids {
	__u64 current;
	__u64 limit;
};

/* Time in which tasks were held up. The kernel brings it up to date every two seconds. */
struct record_pressure {
	__u64 cpu_some_ns;
	__u64 memory_some_ns;
	__u64 memory_full_ns;
	__u64 io_some_ns;
	__u64 io_full_ns;
};

struct cgroup_record {
	__u64 inode;
	__u64 serial;  /* the kernel's own number of the cgroup, which it never gives again */
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 supplied;
	__u32 padding;
	struct record_cpu cpu;
	struct record_throttling throttling;
	struct record_memory memory;
	struct record_memory_stat memory_stat;
	struct record_memory_events memory_events;
	struct record_pids pids;
	struct record_pressure pressure;
};

/* Hierarchies in one pass: cgroup v2, and those of v1 whose controllers have something to tell. */
#define WALKS_MAX 8

/* What userspace asks of the walk over one hierarchy. */
struct walk_request {
	__u64 root_inode; /* where to start: the directory that is mounted */
	__u32 hierarchy;  /* the kernel's number; 0 is cgroup v2 */
	__u32 groups;	  /* bits of enum record_group */
	__u32 per_cpu;	  /* also fill cpu_times */
	__u32 padding;
};

/* What the walk says about itself. */
struct walk_result {
	__u32 first; /* index of its first record */
	__u32 recorded;
	__u32 overflow; /* alive, but the array was full */
	__u32 dying;	/* removed, and kept by the kernel until its last page is gone */
	__u32 done;	/* 0: root_inode is not above the cgroup of the task that walks */
	__u32 padding;
	/* Sum of the inodes right below the root: it changes when one of these comes or goes. */
	__u64 top_level_sum;
};

/* Where in memcg_vmstats the kernel keeps what memory.stat prints; see
 * userspace/kernel/memory_stat_layout.h. */
enum memory_stat_field {
	STAT_ANON,
	STAT_FILE,
	STAT_SHMEM,
	STAT_KERNEL,
	STAT_INACTIVE_FILE,
	STAT_SWAP,
	STAT_PAGE_FAULTS,
	STAT_MAJOR_FAULTS,
	STAT_FIELDS,
};

#define STAT_UNKNOWN 255

/* Index into state[], for the last two into events[]; STAT_UNKNOWN where it is not known. */
struct memory_stat_index {
	__u8 of[STAT_FIELDS];
};

/* The arrays of one cgroup as they are, to find out the layout. */
#define RAW_STATE_MAX 96
#define RAW_EVENTS_MAX 160

struct raw_memory_stat {
	__u32 seen; /* 0: nothing could be read */
	__u32 state_count;
	__u32 events_count;
	__u32 enum_end; /* MEMCG_NR_STAT: items of both enums together */
	/* The items' numbers in the kernel's enums, for those in state[]. */
	struct memory_stat_index by_enum;
	__s64 state[RAW_STATE_MAX];
	__u64 events[RAW_EVENTS_MAX];
};

#endif
