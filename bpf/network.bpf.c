// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the sockets of each cgroup send and receive, whatever the protocol and whichever network
 * namespace they are in.
 *
 * Attached once, to the root of cgroup v2, so that nobody has to be attached to when a container
 * starts. A packet is counted where the kernel hands it from or to the socket: its IP header and
 * what is behind it, before segmentation and after reassembly. Nothing is ever refused.
 */
#include <linux/bpf.h>
#include <linux/in.h>

#include "compat.h"
#include "kernel_types.h"
#include "network.h"

#define ALLOW 1

struct network_losses losses;
__u32 allocations; /* ever; no slot beyond this number was ever in use */
__u32 cpu_count;   /* set by userspace */

/* cpu_count entries for each slot. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, struct network_counters);
} counters SEC(".maps");

/* The cgroup that has each slot. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, __u64);
} owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 1); /* set before load */
	__type(value, __u32);
} free_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u64);
	__type(value, __u32);
} slot_of SEC(".maps");

/*
 * The slot of the cgroup that was met last with these bits of its number: mostly right, and then
 * the hash is spared. Cheaper than storage of the socket, which lies in three places of memory.
 */
#define GUESS_BITS 12

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1U << GUESS_BITS);
	__type(key, __u32);
	__type(value, __u32);
} guesses SEC(".maps");

/* Number of the cgroup's slot; negative where there is none. */
static __always_inline long find_slot(__u64 cgroup)
{
	__u32 *known = bpf_map_lookup_elem(&slot_of, &cgroup);
	__u64 *owner;
	__u32 slot;

	if (known)
		return *known;
	if (bpf_map_pop_elem(&free_slots, &slot))
		return -1;
	owner = bpf_map_lookup_elem(&owners, &slot);
	if (!owner)
		return -1;
	__sync_fetch_and_add(&allocations, 1);
	/* Before others can find it. */
	*owner = cgroup;
	if (!bpf_map_update_elem(&slot_of, &cgroup, &slot, BPF_NOEXIST))
		return slot;
	*owner = 0;
	bpf_map_push_elem(&free_slots, &slot, 0);
	known = bpf_map_lookup_elem(&slot_of, &cgroup);
	return known ? *known : -1;
}

static __always_inline struct network_counters *counters_of(long slot)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u32 index = (__u32)slot * cpu_count + cpu;

	return slot < 0 || cpu >= cpu_count ? 0 : bpf_map_lookup_elem(&counters, &index);
}

static __always_inline struct network_counters *find_counters(struct __sk_buff *skb)
{
	__u64 cgroup = bpf_skb_cgroup_id(skb), *owner;
	__u32 place = cgroup & ((1U << GUESS_BITS) - 1), *guess;
	long slot;

	if (!cgroup) {
		__sync_fetch_and_add(&losses.no_socket, 1);
		return 0;
	}
	/* The host's own, in which nobody is watched. */
	if (cgroup == ROOT_CGROUP)
		return 0;
	guess = bpf_map_lookup_elem(&guesses, &place);
	owner = guess ? bpf_map_lookup_elem(&owners, guess) : 0;
	if (owner && *owner == cgroup)
		return counters_of(*guess);
	slot = find_slot(cgroup);
	if (slot < 0) {
		__sync_fetch_and_add(&losses.no_slot, 1);
		return 0;
	}
	if (guess)
		*guess = slot;
	return counters_of(slot);
}

/* An interrupt on this CPU may count in between, so these are atomic, though no other CPU is. */
#define count(field, amount) __sync_fetch_and_add(&(field), amount)

/* What comes in does so with interrupts of the network held off: nothing else comes in between, and
 * the two numbers, which nobody else changes, can do with half the time. */
#define count_received(field, amount)                                                              \
	do {                                                                                       \
		if (softirqs_preempt_each_other())                                                 \
			count(field, amount);                                                      \
		else                                                                               \
			(field) += (amount);                                                       \
	} while (0)

SEC("cgroup_skb/ingress")
int packet_received(struct __sk_buff *skb)
{
	struct network_counters *counters = find_counters(skb);

	if (counters) {
		count_received(counters->rx_bytes, skb->len);
		count_received(counters->rx_packets, 1);
	}
	return ALLOW;
}

SEC("cgroup_skb/egress")
int packet_sent(struct __sk_buff *skb)
{
	struct network_counters *counters = find_counters(skb);

	if (counters) {
		count(counters->tx_bytes, skb->len);
		count(counters->tx_packets, 1);
	}
	return ALLOW;
}

static __always_inline struct network_counters *counters_of_socket(struct sock *sk)
{
	__u64 cgroup;
	__u8 state;

	if (!sk)
		return 0;
	state = sk->__sk_common.skc_state;
	/* What is left of a connection, or only asks for one, is a smaller struct without a cgroup.
	 */
	if (state == BPF_TCP_TIME_WAIT || state == BPF_TCP_NEW_SYN_RECV)
		return 0;
	cgroup = cgroup_id_of_socket(sk);
	return cgroup ? counters_of(find_slot(cgroup)) : 0;
}

struct socket_arguments {
	struct sock *sk;
};

SEC("tp_btf/tcp_retransmit_skb")
int tcp_retransmitted(struct socket_arguments *ctx)
{
	struct network_counters *counters = counters_of_socket(typed(struct sock, ctx->sk));

	if (counters)
		count(counters->tcp_retransmits, 1);
	return 0;
}

SEC("tp_btf/tcp_send_reset")
int tcp_reset_sent(struct socket_arguments *ctx)
{
	struct network_counters *counters = counters_of_socket(typed(struct sock, ctx->sk));

	if (counters)
		count(counters->tcp_resets_sent, 1);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int tcp_reset_received(struct socket_arguments *ctx)
{
	struct network_counters *counters = counters_of_socket(typed(struct sock, ctx->sk));

	if (counters)
		count(counters->tcp_resets_received, 1);
	return 0;
}

struct state_arguments {
	struct sock *sk;
	__u64 before;
	__u64 now;
};

SEC("tp_btf/inet_sock_set_state")
int socket_changed(struct state_arguments *ctx)
{
	struct sock *sk = typed(struct sock, ctx->sk);
	struct network_counters *counters;

	if (!sk || (int)ctx->now != BPF_TCP_ESTABLISHED || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	counters = counters_of_socket(sk);
	if (counters && (int)ctx->before == BPF_TCP_SYN_SENT)
		count(counters->tcp_connects, 1);
	else if (counters)
		count(counters->tcp_accepts, 1);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
