#include "sites.h"

#include "atoms.h"
#include "session.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

_Atomic(struct es_chunk *) es_chunks[SITE_CHUNKS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Zeros, of which only what is used takes memory. */
static void *lazy(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

struct es_counters *counters_create(void) { return lazy(sizeof(struct es_counters)); }

struct es_hits *counters_make_chunk(struct es_counters *counters, uint32_t chunk) {
    struct es_hits *hits = lazy(SITE_CHUNK * sizeof *hits);
    if (hits) atomic_store_explicit(&counters->chunk[chunk], hits, memory_order_release);
    return hits;
}

static struct es_chunk *chunk_of(uint32_t site) {
    _Atomic(struct es_chunk *) *at = &es_chunks[site / SITE_CHUNK];
    struct es_chunk *chunk = atomic_load_explicit(at, memory_order_relaxed);
    if (!chunk && (chunk = lazy(sizeof *chunk))) atomic_store_explicit(at, chunk, memory_order_release);
    return chunk;
}

ERL_NIF_TERM sites_levels(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    ERL_NIF_TERM list = argv[0], head;
    bool good = true;
    (void)argc;
    pthread_mutex_lock(&lock);
    while (good && enif_get_list_cell(env, list, &head, &list)) {
        const ERL_NIF_TERM *pair;
        int size;
        unsigned site, level;
        good = enif_get_tuple(env, head, &size, &pair) && size == 2 && enif_get_uint(env, pair[0], &site) && site < SITE_LIMIT &&
               enif_get_uint(env, pair[1], &level) && level <= LEVEL_VALUES;
        struct es_chunk *chunk = good ? chunk_of(site) : NULL;
        if (!chunk) {
            good = false;
            break;
        }
        if (site % SITE_CHUNK >= chunk->used) chunk->used = site % SITE_CHUNK + 1;
        atomic_store_explicit(&chunk->level[site % SITE_CHUNK], (uint8_t)level, memory_order_relaxed);
    }
    pthread_mutex_unlock(&lock);
    return good && enif_is_empty_list(env, list) ? es_atom.ok : enif_make_badarg(env);
}

/* Of all threads together, since the VM began. */
static void add_up(uint32_t chunk, unsigned at, uint64_t *recorded, uint64_t *counted, uint64_t *bytes) {
    *recorded = *counted = *bytes = 0;
    for (struct es_thread *t = threads_first(); t; t = t->next) {
        struct es_hits *hits = t->counters ? atomic_load_explicit(&t->counters->chunk[chunk], memory_order_acquire) : NULL;
        if (!hits) continue;
        *recorded += atomic_load_explicit(&hits[at].recorded, memory_order_relaxed);
        *counted += atomic_load_explicit(&hits[at].counted, memory_order_relaxed);
        *bytes += atomic_load_explicit(&hits[at].bytes, memory_order_relaxed);
    }
}

static bool touched(uint32_t chunk) {
    for (struct es_thread *t = threads_first(); t; t = t->next)
        if (t->counters && atomic_load_explicit(&t->counters->chunk[chunk], memory_order_acquire)) return true;
    return false;
}

static ERL_NIF_TERM since_last_in(ErlNifEnv *env, uint32_t c, struct es_chunk *chunk, bool only_counted, ERL_NIF_TERM list) {
    for (unsigned at = 0; at < chunk->used; at++) {
        uint64_t recorded, counted, bytes;
        add_up(c, at, &recorded, &counted, &bytes);
        struct es_hits *told = &chunk->told[at];
        ERL_NIF_TERM site = enif_make_uint(env, c * SITE_CHUNK + at);
        if (only_counted) {
            uint64_t calls = counted - told->counted;
            told->counted = counted;
            if (calls) list = enif_make_list_cell(env, enif_make_tuple2(env, site, enif_make_uint64(env, calls)), list);
            continue;
        }
        uint64_t hits = recorded + counted - told->recorded, written = bytes - told->bytes;
        told->recorded = recorded + counted;
        told->bytes = bytes;
        if (hits | written)
            list = enif_make_list_cell(
                env, enif_make_tuple3(env, site, enif_make_uint64(env, hits), enif_make_uint64(env, written)), list);
    }
    return list;
}

/* hits/0 adds what was recorded and what was counted; counted/0 gives only the latter. Each remembers by itself what it gave. The lock is
 * taken chunk by chunk: whoever gives levels meanwhile does not wait long. */
static ERL_NIF_TERM since_last(ErlNifEnv *env, bool only_counted) {
    ERL_NIF_TERM list = enif_make_list(env, 0);
    for (uint32_t c = 0; c < SITE_CHUNKS; c++) {
        struct es_chunk *chunk = atomic_load_explicit(&es_chunks[c], memory_order_acquire);
        if (!chunk || !touched(c)) continue;
        pthread_mutex_lock(&lock);
        list = since_last_in(env, c, chunk, only_counted, list);
        pthread_mutex_unlock(&lock);
    }
    return list;
}

ERL_NIF_TERM sites_hits(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    (void)argc, (void)argv;
    return since_last(env, false);
}

ERL_NIF_TERM sites_counted(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    (void)argc, (void)argv;
    return since_last(env, true);
}
