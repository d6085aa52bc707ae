/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The wire format of latency.bpf.c, included by both sides. */
#ifndef SQUID_BPF_LATENCY_H
#define SQUID_BPF_LATENCY_H

#include <linux/types.h>

#include "histogram.h"

struct latency_key {
	__u64 cgroup; /* its inode, in the hierarchy of the cpu controller */
};

/* How the tasks of one cgroup got their CPUs. Only grows, as long as the key stays. */
struct latency_slot {
	struct latency_key key;
	__u64 involuntary_switches; /* a task had to leave the CPU and wanted to go on */
	struct histogram waits;	    /* from being able to run to running */
};

#endif
