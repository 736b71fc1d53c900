/* Sites: the numbers of instrumented functions and points (docs/formats/wire.md), how much each of them records now, and what
 * happened there.
 *
 * The numbers are sparse below 2^24: a module takes whole chunks of 4,096. A chunk is made by levels/1 and never freed while the
 * library is loaded, so that rewritten code reads its level without a lock, whoever changes it meanwhile.
 *
 * What happened is counted by each thread in memory of its own, and only added up when somebody asks. */
#ifndef ES_SITES_H
#define ES_SITES_H

#include <erl_nif.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SITE_LIMIT (1u << 24)
#define SITE_CHUNK (1u << 12)
#define SITE_CHUNKS (SITE_LIMIT / SITE_CHUNK)

enum es_level { LEVEL_SKIP = 0, LEVEL_COUNT = 1, LEVEL_WITHOUT_VALUES = 2, LEVEL_VALUES = 3 };

/* What one thread did at one site. */
struct es_hits {
    _Atomic uint64_t recorded; /* calls, or passings of a point, of which a record was made (or dropped, where there was no room) */
    _Atomic uint64_t counted;  /* calls of which none was made: their level was LEVEL_COUNT */
    _Atomic uint64_t bytes;    /* of records: entries, values, tail calls, exceptions */
};

struct es_chunk {
    _Atomic uint8_t level[SITE_CHUNK];
    /* Under the lock of sites.c. */
    unsigned used;                   /* 1 + the highest site that was given a level */
    struct es_hits told[SITE_CHUNK]; /* what hits/0 and counted/0 have given already */
};

extern _Atomic(struct es_chunk *) es_chunks[SITE_CHUNKS];

/* Of a term that should be a site. LEVEL_SKIP for whatever is none. */
static inline enum es_level site_level(uint64_t site) {
    if (site >= SITE_LIMIT) return LEVEL_SKIP;
    struct es_chunk *chunk = atomic_load_explicit(&es_chunks[site / SITE_CHUNK], memory_order_acquire);
    return chunk ? (enum es_level)atomic_load_explicit(&chunk->level[site % SITE_CHUNK], memory_order_relaxed) : LEVEL_SKIP;
}

/* The counters of a thread: for each chunk a page of them, made when the thread first passes there. */
struct es_counters {
    _Atomic(struct es_hits *) chunk[SITE_CHUNKS];
};
/* NULL when there is no memory. */
struct es_counters *counters_create(void);
struct es_hits *counters_make_chunk(struct es_counters *counters, uint32_t chunk);

static inline void bump(_Atomic uint64_t *counter, uint64_t by) {
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + by, memory_order_relaxed);
}

/* levels([{Site, 0..3}]) -> ok */
ERL_NIF_TERM sites_levels(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);
/* hits() -> [{Site, Hits, Bytes}] */
ERL_NIF_TERM sites_hits(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);
/* counted() -> [{Site, Calls}] */
ERL_NIF_TERM sites_counted(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);

#endif
