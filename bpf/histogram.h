/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A log-linear histogram of durations, included by both sides: eight buckets for each power of two,
 * so that a bucket is never wider than an eighth of what it counts. From a microsecond to a minute;
 * what is shorter or longer counts in the first or the last bucket.
 */
#ifndef SQUID_BPF_HISTOGRAM_H
#define SQUID_BPF_HISTOGRAM_H

#include <linux/types.h>

#ifdef __bpf__
#include <bpf/bpf_helpers.h>
#endif

#define HISTOGRAM_SUB_BITS 3
#define HISTOGRAM_SUB_BUCKETS (1U << HISTOGRAM_SUB_BITS)
/* Microseconds up to 2^26. */
#define HISTOGRAM_POWERS 26
#define HISTOGRAM_BUCKETS ((HISTOGRAM_POWERS - HISTOGRAM_SUB_BITS + 1) * HISTOGRAM_SUB_BUCKETS)

struct histogram {
	__u64 sum_ns;
	__u32 buckets[HISTOGRAM_BUCKETS];
};

/* Of the bucket that counts a duration. The first eight hold one microsecond each. */
static inline __u32 histogram_bucket(__u64 duration_ns)
{
	__u32 us, rest, power = 0, bucket;

	if (duration_ns / 1000 >> 32)
		return HISTOGRAM_BUCKETS - 1;
	us = rest = duration_ns / 1000 & 0xffffffff;
	if (us < HISTOGRAM_SUB_BUCKETS)
		return us;
	/* By hand, because BPF has no instruction to count leading zeros. */
	if (rest >> 16)
		power += 16, rest >>= 16;
	if (rest >> 8)
		power += 8, rest >>= 8;
	if (rest >> 4)
		power += 4, rest >>= 4;
	if (rest >> 2)
		power += 2, rest >>= 2;
	if (rest >> 1)
		power += 1;
	bucket = (power - HISTOGRAM_SUB_BITS + 1) * HISTOGRAM_SUB_BUCKETS +
		 ((us >> (power - HISTOGRAM_SUB_BITS)) & (HISTOGRAM_SUB_BUCKETS - 1));
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

#ifdef __bpf__
static __always_inline void count_time(struct histogram *histogram, __u64 duration_ns)
{
	__u32 bucket = histogram_bucket(duration_ns);

	barrier_var(bucket); /* or clang leaves out the check, that the verifier wants */
	if (bucket >= HISTOGRAM_BUCKETS)
		return;
	__sync_fetch_and_add(&histogram->sum_ns, duration_ns);
	__sync_fetch_and_add(&histogram->buckets[bucket], 1);
}
#endif

#endif
