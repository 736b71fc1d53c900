#include "calls.h"

#include "encode.h"
#include "layout.h"

#define FLAG_SITE 2
#define likely(condition) __builtin_expect(condition, 1)

/* The level of the site, when somebody records. */
static inline enum es_level level_of(ERL_NIF_TERM site) {
    return session_active() && term_is_small(site) ? site_level((uint64_t)term_small(site)) : LEVEL_SKIP;
}

/* Of a site that has a level. */
static inline struct es_hits *hits_at(struct es_thread *thread, ERL_NIF_TERM site) {
    uint32_t number = (uint32_t)term_small(site);
    struct es_counters *counters = thread->counters;
    struct es_hits *hits = atomic_load_explicit(&counters->chunk[number / SITE_CHUNK], memory_order_relaxed);
    if (!likely(hits != NULL) && !(hits = counters_make_chunk(counters, number / SITE_CHUNK))) return NULL;
    return &hits[number % SITE_CHUNK];
}

/* The process. False: nobody records; writer_close must not follow. */
static inline bool enter(struct es_writer *w, ErlNifEnv *env, uint64_t *self) {
    ErlNifPid pid;
    if (!enif_self(env, &pid) || !writer_open(w, env)) return false;
    *self = pid64(pid.pid);
    return true;
}

/* Opens a record of this process; twice when it has to be made again. */
static inline void begin(struct es_writer *w, enum es_kind kind, ERL_NIF_TERM site, uint64_t self, uint32_t most) {
    record_open(w, kind, kind == KIND_LINE || kind == KIND_VALUE ? 0 : FLAG_SITE, self, most + 8);
    put_u32(w, (uint32_t)term_small(site));
}

static inline void leave(struct es_writer *w, ERL_NIF_TERM site, bool entry) {
    struct es_hits *hits = hits_at(w->thread, site);
    if (likely(hits != NULL)) {
        if (entry) bump(&hits->recorded, 1);
        bump(&hits->bytes, record_size(w));
    }
    writer_close(w);
}

static void count(ERL_NIF_TERM site) {
    struct es_thread *thread;
    if (!session_enter(&thread)) return;
    struct es_hits *hits = hits_at(thread, site);
    if (hits) bump(&hits->counted, 1);
    session_leave(thread);
}

/* A call, or a point that is passed: its values as a list. */
static inline void passed(ErlNifEnv *env, enum es_kind kind, int argc, const ERL_NIF_TERM argv[]) {
    struct es_writer w;
    uint64_t self;
    enum es_level level = level_of(argv[0]);
    if (level < LEVEL_WITHOUT_VALUES) {
        if (level == LEVEL_COUNT) count(argv[0]);
        return;
    }
    if (!enter(&w, env, &self)) return;
    uint32_t most = w.session->limits.call_bytes;
    do {
        begin(&w, kind, argv[0], self, most + TERM_EXTRA);
        if (likely(level == LEVEL_VALUES))
            put_values(&w, argv + 1, (unsigned)argc - 1);
        else
            put_absent(&w);
    } while (!likely(record_close(&w)));
    leave(&w, argv[0], true);
}

static inline void passed_with(ErlNifEnv *env, enum es_kind kind, ERL_NIF_TERM site, ERL_NIF_TERM value, bool entry) {
    struct es_writer w;
    uint64_t self;
    enum es_level level = level_of(site);
    if (level < LEVEL_WITHOUT_VALUES) {
        if (level == LEVEL_COUNT && entry) count(site);
        return;
    }
    if (!enter(&w, env, &self)) return;
    uint32_t most = w.session->limits.call_bytes;
    do {
        begin(&w, kind, site, self, most + TERM_EXTRA);
        if (likely(level == LEVEL_VALUES))
            put_value(&w, value);
        else
            put_absent(&w);
    } while (!likely(record_close(&w)));
    leave(&w, site, entry);
}

ERL_NIF_TERM calls_call(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    passed(env, KIND_CALL, argc, argv);
    return es_atom.ok;
}

ERL_NIF_TERM calls_call_list(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    (void)argc;
    passed_with(env, KIND_CALL, argv[0], argv[1], true);
    return es_atom.ok;
}

ERL_NIF_TERM calls_line(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    passed(env, KIND_LINE, argc, argv);
    return es_atom.ok;
}

ERL_NIF_TERM calls_line_list(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    (void)argc;
    passed_with(env, KIND_LINE, argv[0], argv[1], true);
    return es_atom.ok;
}

ERL_NIF_TERM calls_value(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    (void)argc;
    passed_with(env, KIND_VALUE, argv[0], argv[1], true);
    return argv[1];
}

ERL_NIF_TERM calls_return(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    (void)argc;
    passed_with(env, KIND_RETURN, argv[0], argv[1], false);
    return argv[1];
}

ERL_NIF_TERM calls_tail(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    struct es_writer w;
    uint64_t self;
    (void)argc;
    if (level_of(argv[0]) < LEVEL_WITHOUT_VALUES || !enter(&w, env, &self)) return es_atom.ok;
    do begin(&w, KIND_TAIL, argv[0], self, 0);
    while (!record_close(&w));
    leave(&w, argv[0], false);
    return es_atom.ok;
}

ERL_NIF_TERM calls_exception(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    struct es_writer w;
    uint64_t self;
    (void)argc;
    enum es_level level = level_of(argv[0]);
    if (level < LEVEL_WITHOUT_VALUES || !enter(&w, env, &self)) return es_atom.ok;
    uint32_t most = w.session->limits.call_bytes;
    do {
        begin(&w, KIND_EXCEPTION, argv[0], self, most + TERM_EXTRA + 4);
        put_atom(&w, argv[1]);
        if (level == LEVEL_VALUES)
            put_value(&w, argv[2]);
        else
            put_absent(&w);
    } while (!record_close(&w));
    leave(&w, argv[0], false);
    return es_atom.ok;
}
