/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The kernel structs that we touch, with the members that we touch; libbpf finds out at load time
 * where they are on this kernel. By hand, because a generated vmlinux.h is 130,000 lines of one
 * kernel. A struct that differs between kernels has a flavour (name___flavour), and compat.h
 * chooses between them.
 */
#ifndef SQUID_BPF_KERNEL_TYPES_H
#define SQUID_BPF_KERNEL_TYPES_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	long counter;
} atomic_long_t;

typedef struct {
	__s64 counter;
} atomic64_t;

struct list_head {
	struct list_head *next;
};

struct kernfs_node {
	__u64 id; /* also the inode number */
};

struct cgroup;

/* Its number, in every hierarchy; what runs there is nobody's container. */
#define ROOT_CGROUP 1

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
	struct list_head sibling;
	struct list_head children;
	unsigned int flags;
	__u64 serial_nr;
};

struct cgroup_root {
	int hierarchy_id;
};

struct task_cputime {
	__u64 stime;
	__u64 utime;
	unsigned long long sum_exec_runtime;
};

struct cgroup_base_stat {
	struct task_cputime cputime;
};

/* Per CPU. */
struct cgroup_rstat_base_cpu {
	struct cgroup_base_stat bstat;
	struct cgroup_base_stat last_bstat;
	struct cgroup_base_stat subtree_bstat;
};

struct psi_group {
	__u64 total[1]; /* by enum psi_aggregators and, within, enum psi_states */
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_subsys_state *subsys[1]; /* as many as enum cgroup_subsys_id has */
	struct cgroup_root *root;
	struct cgroup_rstat_base_cpu *rstat_base_cpu;
	struct cgroup_base_stat bstat;
	struct psi_group *psi;
};

struct cfs_bandwidth {
	__s64 period;
	__u64 quota;
	int nr_periods;
	int nr_throttled;
	__u64 throttled_time;
};

struct task_group {
	struct cgroup_subsys_state css;
	struct cfs_bandwidth cfs_bandwidth;
};

struct page_counter {
	atomic_long_t usage;
	unsigned long watermark;
	unsigned long max;
};

struct memcg_vmstats {
	long state[1];
	unsigned long events[1];
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
	struct page_counter swap; /* cgroup v2 */
	struct page_counter kmem; /* cgroup v1 */
	struct memcg_vmstats *vmstats;
	atomic_long_t memory_events[1];
};

struct pids_cgroup {
	struct cgroup_subsys_state css;
	atomic64_t counter;
	atomic64_t limit;
};

/* The cgroups of a task, one in each hierarchy. */
struct css_set {
	struct cgroup *dfl_cgrp; /* cgroup v2 */
	struct cgroup_subsys_state *subsys[1];
};

struct rq {
	__u64 clock;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
};

struct sched_info {
	unsigned long pcount; /* how often it got a CPU */
	unsigned long long run_delay;
	unsigned long long last_queued; /* by the clock of its queue; zero while it runs */
};

struct task_struct {
	unsigned int __state;
	int tgid;
	char comm[16];
	struct css_set *cgroups;
	struct sched_entity se;
	struct sched_info sched_info;
};

struct blkcg {
	struct cgroup_subsys_state css;
};

struct blkcg_gq {
	struct blkcg *blkcg;
};

struct bio {
	struct blkcg_gq *bi_blkg;
};

struct gendisk {
	int major;
	int first_minor;
};

struct request_queue {
	struct gendisk *disk;
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int __data_len;
	struct bio *bio;
	__u64 start_time_ns;
};

/* Which cgroup a socket belongs to; a plain pointer since 5.15. */
struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct ns_common {
	unsigned int inum; /* what /proc/PID/ns shows */
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	volatile unsigned char skc_state;
	possible_net_t skc_net;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	struct sock_cgroup_data sk_cgrp_data;
};

struct sk_buff {
	struct sock *sk;
};

struct bpf_array {
	void *pptrs[1]; /* per-CPU pointers */
};

struct bpf_iter_meta {
	struct seq_file *seq __attribute__((aligned(8)));
	__u64 session_id;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta __attribute__((aligned(8)));
	struct task_struct *task __attribute__((aligned(8)));
};

struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta __attribute__((aligned(8)));
	struct cgroup *cgroup __attribute__((aligned(8)));
};

#pragma clang attribute pop

/* Only the names count: the values are those of the running kernel. */
enum cgroup_subsys_id {
	cpu_cgrp_id = 1,
	memory_cgrp_id,
	pids_cgrp_id,
};

enum req_op {
	REQ_OP_READ = 0,
	REQ_OP_WRITE = 1,
	REQ_OP_DISCARD = 3,
};

enum special_kfunc_type {
	KF_bpf_rdonly_cast = 1,
};

enum psi_states {
	PSI_IO_SOME = 1,
	PSI_IO_FULL,
	PSI_MEM_SOME,
	PSI_MEM_FULL,
	PSI_CPU_SOME,
};

enum memcg_memory_event {
	MEMCG_LOW = 1,
	MEMCG_HIGH,
	MEMCG_MAX,
	MEMCG_OOM,
	MEMCG_OOM_KILL,
};

enum node_stat_item {
	NR_INACTIVE_FILE = 1,
	NR_ANON_MAPPED,
	NR_FILE_PAGES,
	NR_SHMEM,
};

enum memcg_stat_item {
	MEMCG_SWAP = 1,
	MEMCG_KMEM,
	MEMCG_NR_STAT,
};

/* Of an unnamed enum in include/linux/cgroup-defs.h, which BTF cannot be asked for. */
#define CSS_ONLINE (1U << 1)

#endif
