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

/*
 * A thousandth, of what is below 2^36. By a multiplication, because a division is the slowest thing
 * a program could do for an event; from 39 seconds on it may be one too much.
 */
static inline __u32 histogram_us(__u64 duration_ns)
{
	__u64 us = (duration_ns >> 3) * 1099511628; /* 2^37 / 125 */

	us >>= 37;
	return us & 0xffffffff;
}

/* Where the highest bit is, for what is not zero. By hand, because BPF has no instruction for it.
 */
static inline __u32 histogram_power(__u32 us)
{
	__u32 power, step;

	power = (us > 0xffff) << 4;
	us >>= power;
	step = (us > 0xff) << 3;
	us >>= step;
	power |= step;
	step = (us > 0xf) << 2;
	us >>= step;
	power |= step;
	step = (us > 0x3) << 1;
	us >>= step;
	return power | step | us >> 1;
}

/* Of the bucket that counts a duration. The first eight hold one microsecond each. */
static inline __u32 histogram_bucket(__u64 duration_ns)
{
	__u32 us, shift, bucket;

	if (duration_ns >> 36)
		return HISTOGRAM_BUCKETS - 1;
	us = histogram_us(duration_ns);
	if (us < HISTOGRAM_SUB_BUCKETS)
		return us;
	shift = histogram_power(us) - HISTOGRAM_SUB_BITS;
	bucket =
	    (shift + 1) * HISTOGRAM_SUB_BUCKETS + ((us >> shift) & (HISTOGRAM_SUB_BUCKETS - 1));
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
