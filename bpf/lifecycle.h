/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The wire format of lifecycle.bpf.c, included by both sides. */
#ifndef SQUID_BPF_LIFECYCLE_H
#define SQUID_BPF_LIFECYCLE_H

#include <linux/types.h>

#include "record.h"

/* Longer than any runtime's; of a cgroup below a longer one nobody learns the path here. */
#define LIFECYCLE_PATH 512
#define LIFECYCLE_COMM 16

enum lifecycle_kind { LIFECYCLE_BIRTH, LIFECYCLE_DEATH, LIFECYCLE_OOM_KILL };

struct lifecycle_event {
	__u32 kind;
	__u32 hierarchy; /* the kernel's number; 0 is cgroup v2 */
	__u64 inode;
};

struct lifecycle_birth {
	struct lifecycle_event event;
	char path[LIFECYCLE_PATH]; /* below the root of the hierarchy; empty where it is too long */
};

struct lifecycle_death {
	struct lifecycle_event event;
	struct cgroup_record last;
};

/* The victim may be in a service inside of a container; containers do not lie deeper below each
 * other. */
#define LIFECYCLE_LEVELS 8

/* Of the cgroup that the victim's memory is charged to. */
struct lifecycle_oom_kill {
	struct lifecycle_event event;
	struct {
		__u64 inode; /* 0: there is no further cgroup above */
		__u64 limit_pages;
		__u64 usage_pages;
	} levels[LIFECYCLE_LEVELS]; /* that cgroup, and those above it */
	__u32 pid;
	char comm[LIFECYCLE_COMM];
};

#endif
