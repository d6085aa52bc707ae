/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The wire format of block.bpf.c, included by both sides. */
#ifndef SQUID_BPF_BLOCK_H
#define SQUID_BPF_BLOCK_H

#include <linux/types.h>

#include "histogram.h"

enum block_direction { BLOCK_READ, BLOCK_WRITE, BLOCK_DISCARD, BLOCK_DIRECTIONS };

struct block_key {
	__u64 cgroup; /* its inode, in the hierarchy of the io (v1: blkio) controller */
	__u32 major;
	__u32 minor;
};

struct block_traffic {
	__u64 bytes;
	__u64 requests; /* as the device gets them: after merging and splitting */
};

/* What one cgroup did on one device. Only grows, as long as the key stays. */
struct block_slot {
	struct block_key key;
	__u64 css_serial; /* the kernel's own number of the cgroup, which it never gives again; 0:
			     not known yet */
	struct block_traffic traffic[BLOCK_DIRECTIONS];
	struct histogram device_time; /* from the driver to completion; reads and writes */
	struct histogram queue_time;  /* from the request's birth to the driver */
}
__attribute__((aligned(64))); /* reads and writes find all but the times in one line of the cache */

struct block_losses {
	__u64 no_slot;	 /* requests that found no room for their cgroup and device */
	__u64 no_cgroup; /* requests of nobody: flushes, and commands from the driver itself */
	__u64 not_timed; /* requests that count, but of which nobody saw the start */
};

#endif
