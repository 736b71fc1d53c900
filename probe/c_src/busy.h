/* Which processes make most records: each thread counts in a small table of its own, found by the pid. Two pids that fall on one
 * place take turns, so the figures are good for telling the busiest, not for adding up. */
#ifndef ES_BUSY_H
#define ES_BUSY_H

#include <erl_nif.h>
#include <stdatomic.h>
#include <stdint.h>

#define BUSY_PLACES 1024u

struct es_busy_place {
    _Atomic uint64_t pid, records;
    _Atomic uint32_t round; /* of asking: what an earlier one has is over */
};
struct es_busy {
    struct es_busy_place place[BUSY_PLACES];
};

extern _Atomic uint32_t es_busy_round;

static inline void busy_count(struct es_busy *busy, uint64_t pid) {
    struct es_busy_place *place = &busy->place[(uint32_t)(pid * 0x9e3779b97f4a7c15ull >> 54)];
    uint32_t round = atomic_load_explicit(&es_busy_round, memory_order_relaxed);
    uint64_t records = atomic_load_explicit(&place->records, memory_order_relaxed);
    if (atomic_load_explicit(&place->pid, memory_order_relaxed) == pid &&
        atomic_load_explicit(&place->round, memory_order_relaxed) == round) {
        atomic_store_explicit(&place->records, records + 1, memory_order_relaxed);
        return;
    }
    /* A new round, or another pid: that one keeps the place as long as it had more. */
    if (atomic_load_explicit(&place->round, memory_order_relaxed) == round && records > 1) {
        atomic_store_explicit(&place->records, records - 1, memory_order_relaxed);
        return;
    }
    atomic_store_explicit(&place->records, 0, memory_order_relaxed);
    atomic_store_explicit(&place->pid, pid, memory_order_release);
    atomic_store_explicit(&place->round, round, memory_order_release);
    atomic_store_explicit(&place->records, 1, memory_order_release);
}

/* busy() -> [{Pid64, Records}], the busiest first, 64 at most */
ERL_NIF_TERM busy_processes(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);

#endif
