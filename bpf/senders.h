/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The wire format of senders.bpf.c, included by both sides. */
#ifndef SQUID_BPF_SENDERS_H
#define SQUID_BPF_SENDERS_H

#include <linux/types.h>

/* Where a packet comes from, as its receiver sees it. No bytes between the members. */
struct sender_source {
	__u8 address[16]; /* of IPv4 as ::ffff:a.b.c.d */
	__u16 port;	  /* in network order */
	__u8 protocol;	  /* IPPROTO_UDP or IPPROTO_TCP */
	__u8 is_near;	  /* of a socket in the receiver's own network namespace */
};

/* Ports as bits: 64 in each word. */
#define SENDERS_PORT_WORDS 1024

/*
 * Counters of changes; a source has the one of its port as it stands, for most verifiers know no
 * bounds of what a byte swap gives.
 */
#define SENDERS_CHANGES 4096

#endif
