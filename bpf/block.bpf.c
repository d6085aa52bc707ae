// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Block I/O of each cgroup and device: bytes, requests, and how long they took.
 *
 * Counted when the device is done, by request: what a bio-based driver such as dm or md passes on
 * is seen once, at the device below. A request carries the cgroup that its bios were charged to,
 * also where a kernel thread writes back what a process dirtied; requests of different cgroups are
 * never merged.
 */
#include <linux/bpf.h>

#include "block.h"
#include "compat.h"
#include "kernel_types.h"
#include "slots.h"

#define IN_FLIGHT_BITS 14
#define REQ_OP_MASK 0xff

struct block_losses losses;
DEFINE_SLOTS(struct block_slot, struct block_key)

/*
 * When the driver got each request. Not a hash: a request lives in one place of memory for as long
 * as its device does, and what is overwritten by another one is just not timed.
 *
 * It also remembers where the request before in this place was counted, which mostly is where this
 * one belongs too.
 */
struct start {
	__u64 request;
	__u64 issued_ns;
	__u64 slot;
} __attribute__((aligned(32)));

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	/* Nobody maps it, but its values then begin with a page, and none is in two cache lines. */
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1U << IN_FLIGHT_BITS);
	__type(key, __u32);
	__type(value, struct start);
} starts SEC(".maps");

/* Names what is at an address. A number, where the verifier would only see a pointer: of two of
 * these it allows the difference. */
static __always_inline __u64 number_of(void *address)
{
	return address - (void *)&losses;
}

/* Neighbours stay neighbours, for a device's requests lie beside each other, at least 256 bytes
 * apart: those in flight then take a page or two of memory and not one each, and nobody waits for
 * page tables. Only which 4 MiB they lie in is scattered. */
static __always_inline struct start *find_start(__u64 request)
{
	__u64 scatter = (request >> (8 + IN_FLIGHT_BITS)) * 0x9e3779b97f4a7c15ULL;
	__u32 index = ((request >> 8) + (scatter >> 32)) & ((1U << IN_FLIGHT_BITS) - 1);

	return bpf_map_lookup_elem(&starts, &index);
}

/* When the driver got a request, once; 0 where nobody saw it. */
static __always_inline __u64 take_start(__u64 request, struct start *start)
{
	if (start->request != request)
		return 0;
	start->request = 0;
	return start->issued_ns;
}

static __always_inline struct block_slot *find_slot_of(struct request *rq, struct start *start)
{
	struct cgroup_subsys_state *css = &rq->bio->bi_blkg->blkcg->css;
	struct block_key key = {
	    .major = rq->q->disk->major,
	    .minor = rq->q->disk->first_minor,
	};
	__u64 serial = css->serial_nr;
	__u32 index = start->slot, *known;
	struct block_slot *slot = bpf_map_lookup_elem(&slots, &index);

	if (slot && slot->css_serial == serial && slot->key.major == key.major &&
	    slot->key.minor == key.minor)
		return slot;
	key.cgroup = css->cgroup->kn->id;
	slot = find_slot(&key);
	known = bpf_map_lookup_elem(&slot_of, &key);
	if (slot && known) {
		slot->css_serial = serial;
		start->slot = *known;
	}
	return slot;
}

static __always_inline void count_times(struct request *rq, __u64 issued_ns, __u64 now_ns,
					struct block_slot *slot)
{
	if (!issued_ns) {
		__sync_fetch_and_add(&losses.not_timed, 1);
		return;
	}
	count_time(&slot->device_time, now_ns - issued_ns);
	/* Zero where the queue keeps no statistics. */
	if (rq->start_time_ns && rq->start_time_ns <= issued_ns)
		count_time(&slot->queue_time, issued_ns - rq->start_time_ns);
}

/* Number of the direction; BLOCK_DIRECTIONS for what moves no data. */
static __always_inline __u32 direction_of(struct request *rq)
{
	__u32 operation = rq->cmd_flags & REQ_OP_MASK;

	if (operation == bpf_core_enum_value(enum req_op, REQ_OP_READ))
		return BLOCK_READ;
	if (operation == bpf_core_enum_value(enum req_op, REQ_OP_WRITE))
		return BLOCK_WRITE;
	if (operation == bpf_core_enum_value(enum req_op, REQ_OP_DISCARD))
		return BLOCK_DISCARD;
	return BLOCK_DIRECTIONS;
}

struct block_issued_arguments {
	struct request *request;
};

struct block_completed_arguments {
	struct request *request;
	__u64 error;
	__u64 bytes;
};

SEC("tp_btf/block_rq_issue")
int block_issued(struct block_issued_arguments *ctx)
{
	__u64 request = number_of(ctx->request);
	struct start *start = find_start(request);

	if (start) {
		start->request = request;
		start->issued_ns = bpf_ktime_get_ns();
	}
	return 0;
}

/* Also for a part of a request; the rest then follows. */
static __always_inline int complete(struct block_completed_arguments *ctx, bool again)
{
	struct request *rq = typed(struct request, ctx->request);
	__u64 request = number_of(ctx->request), issued_ns = 0, now_ns;
	__u32 bytes = ctx->bytes, direction;
	struct start *start = find_start(request);
	struct block_slot *slot;
	bool whole;

	if (!start || (again && start->request != request))
		return 0;
	/* First of all, for the clock waits until all reading that began before is done. */
	now_ns = bpf_ktime_get_ns();
	direction = direction_of(rq);
	whole = bytes >= rq->__data_len;
	if (whole)
		issued_ns = take_start(request, start);
	if (direction >= BLOCK_DIRECTIONS || (__u32)ctx->error || (again && !issued_ns))
		return 0;
	if (!rq->bio || !rq->bio->bi_blkg) {
		__sync_fetch_and_add(&losses.no_cgroup, 1);
		return 0;
	}
	slot = find_slot_of(rq, start);
	if (!slot) {
		__sync_fetch_and_add(&losses.no_slot, 1);
		return 0;
	}
	__sync_fetch_and_add(&slot->traffic[direction].bytes, bytes);
	if (!whole)
		return 0;
	__sync_fetch_and_add(&slot->traffic[direction].requests, 1);
	if (direction != BLOCK_DISCARD)
		count_times(rq, issued_ns, now_ns, slot);
	return 0;
}

/*
 * The kernel does not run a program that it is running already: of a device whose interrupt comes
 * while another device's completion is being counted, nothing would be seen. So there are two, and
 * the second one counts what the first has not: that still has its start.
 */
SEC("tp_btf/block_rq_complete")
int block_completed(struct block_completed_arguments *ctx)
{
	return complete(ctx, false);
}

SEC("tp_btf/block_rq_complete")
int block_once_more(struct block_completed_arguments *ctx)
{
	return complete(ctx, true);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
