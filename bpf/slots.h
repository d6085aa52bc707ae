/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Slots that programs count in, one for each key that is met: taken from a stack of free ones,
 * found by hash, read by userspace as plain memory. Userspace alone gives them back. For programs
 * only.
 */
#ifndef SQUID_BPF_SLOTS_H
#define SQUID_BPF_SLOTS_H

#include <bpf/bpf_helpers.h>

/*
 * The maps, and find_slot(key). A slot begins with its key, and a key with the inode of the cgroup,
 * zero where the slot is free. The number of slots is set before load, for all three maps.
 */
#define DEFINE_SLOTS(slot_type, key_type)                                                          \
	__u32 allocations; /* ever; no slot beyond this number was ever in use */                  \
                                                                                                   \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(map_flags, BPF_F_MMAPABLE);                                                 \
		__uint(max_entries, 1);                                                            \
		__type(key, __u32);                                                                \
		__type(value, slot_type);                                                          \
	} slots SEC(".maps");                                                                      \
                                                                                                   \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_STACK);                                                  \
		__uint(max_entries, 1);                                                            \
		__type(value, __u32);                                                              \
	} free_slots SEC(".maps");                                                                 \
                                                                                                   \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(max_entries, 1);                                                            \
		__type(key, key_type);                                                             \
		__type(value, __u32);                                                              \
	} slot_of SEC(".maps");                                                                    \
                                                                                                   \
	static __always_inline slot_type *allocate_slot(const key_type *key)                       \
	{                                                                                          \
		slot_type *slot;                                                                   \
		__u32 index;                                                                       \
                                                                                                   \
		if (bpf_map_pop_elem(&free_slots, &index))                                         \
			return 0;                                                                  \
		slot = bpf_map_lookup_elem(&slots, &index);                                        \
		if (!slot)                                                                         \
			return 0;                                                                  \
		__sync_fetch_and_add(&allocations, 1);                                             \
		/* Before others can find it. */                                                   \
		slot->key = *key;                                                                  \
		if (bpf_map_update_elem(&slot_of, key, &index, BPF_NOEXIST)) {                     \
			__u32 *other = bpf_map_lookup_elem(&slot_of, key);                         \
                                                                                                   \
			slot->key.cgroup = 0;                                                      \
			bpf_map_push_elem(&free_slots, &index, 0);                                 \
			return other ? bpf_map_lookup_elem(&slots, other) : 0;                     \
		}                                                                                  \
		return slot;                                                                       \
	}                                                                                          \
                                                                                                   \
	static __always_inline slot_type *find_slot(const key_type *key)                           \
	{                                                                                          \
		__u32 *index = bpf_map_lookup_elem(&slot_of, key);                                 \
                                                                                                   \
		return index ? bpf_map_lookup_elem(&slots, index) : allocate_slot(key);            \
	}

#endif
