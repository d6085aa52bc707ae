/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * read_cgroup(): the numbers of one cgroup, group by group. A group that this cgroup does not have,
 * because its controller is not enabled or was not compiled in, is left out of `supplied`.
 */
#ifndef SQUID_BPF_READ_CGROUP_H
#define SQUID_BPF_READ_CGROUP_H

#include "compat.h"
#include "record.h"

/* A subsystem's state in a cgroup or a css_set; null where there is none. */
#define read_subsystem(holder, id)                                                                 \
	({                                                                                         \
		struct cgroup_subsys_state *state_ = 0;                                            \
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, id))                         \
			read_into(                                                                 \
			    state_,                                                                \
			    (holder)->subsys[bpf_core_enum_value(enum cgroup_subsys_id, id)]);     \
		state_;                                                                            \
	})

static __always_inline void read_cpu(struct cgroup *cgrp, struct cgroup_record *record)
{
	read_into(record->cpu.total_ns, cgrp->bstat.cputime.sum_exec_runtime);
	read_into(record->cpu.raw_user_ns, cgrp->bstat.cputime.utime);
	read_into(record->cpu.raw_kernel_ns, cgrp->bstat.cputime.stime);
	record->supplied |= 1U << RECORD_CPU;
}

static __always_inline void read_throttling(struct cgroup *cgrp, struct cgroup_record *record)
{
	struct task_group *group = typed(struct task_group, read_subsystem(cgrp, cpu_cgrp_id));
	struct record_throttling *throttling = &record->throttling;

	/* Without CONFIG_CFS_BANDWIDTH the struct is empty. */
	if (!group || !bpf_core_field_exists(group->cfs_bandwidth.quota))
		return;
	read_into(throttling->quota_ns, group->cfs_bandwidth.quota);
	read_into(throttling->period_ns, group->cfs_bandwidth.period);
	read_into(throttling->throttled_ns, group->cfs_bandwidth.throttled_time);
	read_into(throttling->periods, group->cfs_bandwidth.nr_periods);
	read_into(throttling->throttled_periods, group->cfs_bandwidth.nr_throttled);
	record->supplied |= 1U << RECORD_THROTTLING;
}

static __always_inline void read_memory(struct mem_cgroup *memcg, struct cgroup_record *record)
{
	read_into(record->memory.usage_pages, memcg->memory.usage.counter);
	read_into(record->memory.limit_pages, memcg->memory.max);
	read_into(record->memory.peak_pages, memcg->memory.watermark);
	record->supplied |= 1U << RECORD_MEMORY;
}

static __always_inline void read_memory_stat(struct mem_cgroup *memcg, struct cgroup_record *record,
					     const struct memory_stat_index *index, bool v1)
{
	struct record_memory_stat *stat = &record->memory_stat;
	struct memcg_vmstats *vmstats = 0;
	void *state, *events;

	read_into(vmstats, memcg->vmstats);
	if (!vmstats)
		return;
	state = (void *)vmstats + bpf_core_field_offset(struct memcg_vmstats, state);
	events = (void *)vmstats + bpf_core_field_offset(struct memcg_vmstats, events);

#define read_item(destination, array, field)                                                       \
	do {                                                                                       \
		__u64 item_ = index->of[field];                                                    \
		destination = RECORD_ABSENT;                                                       \
		if (item_ != STAT_UNKNOWN)                                                         \
			read_number(destination, (array) + item_ * sizeof(long));                  \
	} while (0)
	read_item(stat->anon_pages, state, STAT_ANON);
	read_item(stat->file_pages, state, STAT_FILE);
	read_item(stat->shmem_pages, state, STAT_SHMEM);
	read_item(stat->inactive_file_pages, state, STAT_INACTIVE_FILE);
	read_item(stat->page_faults, events, STAT_PAGE_FAULTS);
	read_item(stat->major_faults, events, STAT_MAJOR_FAULTS);
	/* What the files show: of kernel memory and swap, one is a statistic and the other a page
	 * counter. */
	if (v1) {
		read_item(stat->swap_pages, state, STAT_SWAP);
		stat->kernel_pages = kernel_memory_counter(memcg, RECORD_ABSENT);
	} else {
		read_into(stat->swap_pages, memcg->swap.usage.counter);
		read_item(stat->kernel_pages, state, STAT_KERNEL);
	}
#undef read_item
	record->supplied |= 1U << RECORD_MEMORY_STAT;
}

static __always_inline void read_memory_events(struct mem_cgroup *memcg,
					       struct cgroup_record *record)
{
#define read_event(destination, event)                                                             \
	read_into(                                                                                 \
	    destination,                                                                           \
	    memcg->memory_events[bpf_core_enum_value(enum memcg_memory_event, event)].counter)
	read_event(record->memory_events.low, MEMCG_LOW);
	read_event(record->memory_events.high, MEMCG_HIGH);
	read_event(record->memory_events.max, MEMCG_MAX);
	read_event(record->memory_events.oom, MEMCG_OOM);
	read_event(record->memory_events.oom_kill, MEMCG_OOM_KILL);
#undef read_event
	record->supplied |= 1U << RECORD_MEMORY_EVENTS;
}

static __always_inline void read_pids(struct cgroup *cgrp, struct cgroup_record *record)
{
	struct pids_cgroup *pids = typed(struct pids_cgroup, read_subsystem(cgrp, pids_cgrp_id));

	if (!pids)
		return;
	read_into(record->pids.current, pids->counter.counter);
	read_into(record->pids.limit, pids->limit.counter);
	record->supplied |= 1U << RECORD_PIDS;
}

/*
 * What the kernel keeps for the files cpu.pressure, memory.pressure and io.pressure: its first
 * aggregator. On kernels where the struct still lies inside of the cgroup, the files have to do.
 */
static __always_inline void read_pressure(struct cgroup *cgrp, struct cgroup_record *record)
{
	struct psi_group *group = 0;
	void *total;

	if (!bpf_core_field_exists(cgrp->psi) ||
	    bpf_core_field_size(cgrp->psi) != sizeof(cgrp->psi))
		return;
	read_into(group, cgrp->psi);
	if (!group)
		return;
	total = (void *)group + bpf_core_field_offset(struct psi_group, total);
#define read_total(destination, state)                                                             \
	read_number(destination,                                                                   \
		    total + bpf_core_enum_value(enum psi_states, state) * sizeof(__u64))
	read_total(record->pressure.cpu_some_ns, PSI_CPU_SOME);
	read_total(record->pressure.memory_some_ns, PSI_MEM_SOME);
	read_total(record->pressure.memory_full_ns, PSI_MEM_FULL);
	read_total(record->pressure.io_some_ns, PSI_IO_SOME);
	read_total(record->pressure.io_full_ns, PSI_IO_FULL);
#undef read_total
	record->supplied |= 1U << RECORD_PRESSURE;
}

static __always_inline void read_cgroup(struct cgroup *cgrp, struct cgroup_record *record,
					const struct walk_request *request,
					const struct memory_stat_index *index)
{
	struct mem_cgroup *memcg;

	record->supplied = 0;
	if (request->groups & 1U << RECORD_CPU)
		read_cpu(cgrp, record);
	if (request->groups & 1U << RECORD_THROTTLING)
		read_throttling(cgrp, record);
	if (request->groups & 1U << RECORD_PIDS)
		read_pids(cgrp, record);
	if (request->groups & 1U << RECORD_PRESSURE)
		read_pressure(cgrp, record);

	if (!(request->groups &
	      (1U << RECORD_MEMORY | 1U << RECORD_MEMORY_STAT | 1U << RECORD_MEMORY_EVENTS)))
		return;
	memcg = typed(struct mem_cgroup, read_subsystem(cgrp, memory_cgrp_id));
	if (!memcg)
		return;
	if (request->groups & 1U << RECORD_MEMORY)
		read_memory(memcg, record);
	if (request->groups & 1U << RECORD_MEMORY_STAT)
		read_memory_stat(memcg, record, index, request->hierarchy != 0);
	if (request->groups & 1U << RECORD_MEMORY_EVENTS)
		read_memory_events(memcg, record);
}

#endif
