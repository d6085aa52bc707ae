// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Who sends to our ports: for each source address and port, the cgroup of the socket.
 *
 * Attached to the root of cgroup v2, where every packet passes that a socket of this host sends,
 * in every network namespace, and before it can arrive anywhere. So what is noted here is there
 * when the receiver asks. Nothing is ever refused.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>

#include "compat.h"
#include "kernel_types.h"
#include "senders.h"

#define ALLOW 1

/* Set before load. */
const volatile __u64 udp_ports[SENDERS_PORT_WORDS];
const volatile __u64 tcp_ports[SENDERS_PORT_WORDS];
const volatile __u32 our_network; /* the number of the receiver's network namespace */

/* A counter moves after an entry of its ports has changed: who sees the old number has the truth.
 */
__u32 changes[SENDERS_CHANGES];

/* Those that were not used for the longest time make room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct sender_source);
	__type(value, __u64);
} senders SEC(".maps");

static __always_inline bool has(const volatile __u64 *ports, __u16 port)
{
	return ports[port >> 6] >> (port & 63) & 1;
}

/* Of TCP only what opens a connection: all else that is sent on it comes from the same place. */
static __always_inline bool is_for_us(__u8 protocol, const void *header, const void *end)
{
	const struct tcphdr *tcp = header;
	const struct udphdr *udp = header;

	if (protocol == IPPROTO_UDP)
		return (const void *)(udp + 1) <= end && has(udp_ports, bpf_ntohs(udp->dest));
	if (protocol != IPPROTO_TCP || (const void *)(tcp + 1) > end)
		return false;
	return has(tcp_ports, bpf_ntohs(tcp->dest)) && tcp->syn && !tcp->ack;
}

static __always_inline __u32 network_of(struct __sk_buff *skb)
{
	struct sk_buff *packet = (struct sk_buff *)skb;
	struct sock *sk = 0;
	struct net *net = 0;
	__u32 number = 0;

	bpf_core_read(&sk, sizeof(sk), &packet->sk);
	bpf_core_read(&net, sizeof(net), &sk->__sk_common.skc_net.net);
	bpf_core_read(&number, sizeof(number), &net->ns.inum);
	return number;
}

static __always_inline void note(struct __sk_buff *skb, struct sender_source *source)
{
	__u64 cgroup = bpf_skb_cgroup_id(skb), *known;

	source->is_near = network_of(skb) == our_network;
	known = bpf_map_lookup_elem(&senders, source);
	if (known && *known == cgroup)
		return;
	/* Where there is no memory, better nobody than the one before. */
	if (bpf_map_update_elem(&senders, source, &cgroup, BPF_ANY))
		bpf_map_delete_elem(&senders, source);
	__sync_fetch_and_add(&changes[source->port % SENDERS_CHANGES], 1);
}

static __always_inline void look_at_ipv4(struct __sk_buff *skb, void *data, void *end)
{
	struct sender_source source = {};
	struct iphdr *ip = data;
	__u16 *ports;

	if ((void *)(ip + 1) > end)
		return;
	ports = data + ip->ihl * 4;
	if (!is_for_us(ip->protocol, ports, end))
		return;
	source.address[10] = source.address[11] = 0xff;
	__builtin_memcpy(source.address + 12, &ip->saddr, 4);
	source.protocol = ip->protocol;
	source.port = *ports;
	note(skb, &source);
}

/* Packets with extension headers pass unseen: nobody sends statsd's lines so. */
static __always_inline void look_at_ipv6(struct __sk_buff *skb, void *data, void *end)
{
	struct sender_source source = {};
	struct ipv6hdr *ip = data;
	__u16 *ports = (void *)(ip + 1);

	if ((void *)ports > end || !is_for_us(ip->nexthdr, ports, end))
		return;
	__builtin_memcpy(source.address, &ip->saddr, sizeof(source.address));
	source.protocol = ip->nexthdr;
	source.port = *ports;
	note(skb, &source);
}

SEC("cgroup_skb/egress")
int note_sender(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;

	if (skb->protocol == bpf_htons(ETH_P_IP))
		look_at_ipv4(skb, data, end);
	else if (skb->protocol == bpf_htons(ETH_P_IPV6))
		look_at_ipv6(skb, data, end);
	return ALLOW;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
