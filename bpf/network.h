/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The wire format of network.bpf.c, included by both sides. */
#ifndef SQUID_BPF_NETWORK_H
#define SQUID_BPF_NETWORK_H

#include <linux/types.h>

/* What the sockets of one cgroup did on one CPU; a cache line, so that CPUs do not meet in it. */
struct network_counters {
	__u64 rx_bytes;
	__u64 rx_packets;
	__u64 tx_bytes;
	__u64 tx_packets;
	__u32 tcp_connects; /* connections opened, and */
	__u32 tcp_accepts;  /* connections taken, that were established */
	__u32 tcp_retransmits;
	__u32 tcp_resets_sent;
	__u32 tcp_resets_received;
	__u32 padding[3];
};

struct network_losses {
	__u64 no_slot;	 /* packets that found no room for their cgroup */
	__u64 no_socket; /* packets of no socket that has a cgroup */
};

#endif
