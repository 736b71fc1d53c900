#include "busy.h"

#include "session.h"

#include <stdlib.h>

#define MOST_TOLD 64

_Atomic uint32_t es_busy_round = 1;

struct count {
    uint64_t pid, records;
};

static int by_pid(const void *a, const void *b) {
    const struct count *x = a, *y = b;
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int by_records(const void *a, const void *b) {
    const struct count *x = a, *y = b;
    return x->records > y->records ? -1 : x->records < y->records;
}

static size_t collect(struct count *counts, size_t most, uint32_t round) {
    size_t n = 0;
    for (struct es_thread *t = threads_first(); t; t = t->next)
        for (unsigned i = 0; t->busy && i < BUSY_PLACES && n < most; i++) {
            struct es_busy_place *place = &t->busy->place[i];
            if (atomic_load_explicit(&place->round, memory_order_acquire) != round) continue;
            struct count count = {atomic_load_explicit(&place->pid, memory_order_acquire),
                                  atomic_load_explicit(&place->records, memory_order_acquire)};
            /* The place may change hands between the two: then neither is of use. */
            if (count.records && atomic_load_explicit(&place->pid, memory_order_relaxed) == count.pid) counts[n++] = count;
        }
    return n;
}

ERL_NIF_TERM busy_processes(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    (void)argc, (void)argv;
    uint32_t round = atomic_fetch_add(&es_busy_round, 1);
    size_t most = 0, n, kept = 0;
    for (struct es_thread *t = threads_first(); t; t = t->next) most += BUSY_PLACES;
    struct count *counts = enif_alloc((most + 1) * sizeof *counts);
    if (!counts) return enif_make_list(env, 0);
    n = collect(counts, most, round);
    qsort(counts, n, sizeof *counts, by_pid);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && counts[kept - 1].pid == counts[i].pid)
            counts[kept - 1].records += counts[i].records;
        else
            counts[kept++] = counts[i];
    }
    qsort(counts, kept, sizeof *counts, by_records);
    if (kept > MOST_TOLD) kept = MOST_TOLD;
    ERL_NIF_TERM list = enif_make_list(env, 0);
    while (kept-- > 0)
        list = enif_make_list_cell(
            env, enif_make_tuple2(env, enif_make_uint64(env, counts[kept].pid), enif_make_uint64(env, counts[kept].records)), list);
    enif_free(counts);
    return list;
}
