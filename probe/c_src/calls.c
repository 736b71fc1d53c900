#include "calls.h"

#include "encode.h"
#include "layout.h"

#define FLAG_SITE 2

/* The level of the site, when somebody records. Until every rewritten module names sites, the first argument may be
 * {Module, Function, Arity} instead. */
static inline enum es_level level_of(ERL_NIF_TERM site) {
    if (!session_active()) return LEVEL_SKIP;
    if (term_is_small(site)) return site_level((uint64_t)term_small(site));
    return LEVEL_VALUES;
}

static inline struct es_hits *hits_at(struct es_writer *w, ERL_NIF_TERM site) {
    if (!term_is_small(site)) return NULL;
    uint32_t number = (uint32_t)term_small(site);
    struct es_counters *counters = w->thread->counters;
    struct es_hits *hits = atomic_load_explicit(&counters->chunk[number / SITE_CHUNK], memory_order_relaxed);
    if (!hits && !(hits = counters_make_chunk(counters, number / SITE_CHUNK))) return NULL;
    return &hits[number % SITE_CHUNK];
}

/* Opens a record of this process. False: nobody records, or the caller is no rewritten code; writer_close must not follow. */
static bool begin(struct es_writer *w, ErlNifEnv *env, enum es_kind kind, ERL_NIF_TERM site) {
    const ERL_NIF_TERM *mfa;
    int size;
    ErlNifPid self;
    bool number = term_is_small(site);
    if (!number && (!enif_get_tuple(env, site, &size, &mfa) || size != 3 || !term_is_small(mfa[2]))) return false;
    if (!enif_self(env, &self) || !writer_open(w, env)) return false;
    record_begin(w, kind, number && kind != KIND_LINE && kind != KIND_VALUE ? FLAG_SITE : 0, pid64(self.pid));
    if (number) {
        put_u32(w, (uint32_t)term_small(site));
    } else {
        put_atom(w, mfa[0]);
        put_atom(w, mfa[1]);
        put_u32(w, (uint32_t)term_small(mfa[2]));
    }
    return true;
}

static void end(struct es_writer *w, ERL_NIF_TERM site, bool entry) {
    struct es_hits *hits = hits_at(w, site);
    uint64_t bytes = (uint64_t)(w->at - w->start);
    record_end(w);
    if (hits) {
        if (entry) bump(&hits->recorded, 1);
        bump(&hits->bytes, bytes);
    }
    writer_close(w);
}

static void count(ErlNifEnv *env, ERL_NIF_TERM site) {
    struct es_writer w;
    if (!writer_open(&w, env)) return;
    struct es_hits *hits = hits_at(&w, site);
    if (hits) bump(&hits->counted, 1);
    writer_close(&w);
}

/* A call or a point that is passed: its values as a list. */
static void passed(ErlNifEnv *env, enum es_kind kind, int argc, const ERL_NIF_TERM argv[]) {
    struct es_writer w;
    enum es_level level = level_of(argv[0]);
    if (level == LEVEL_SKIP) return;
    if (level == LEVEL_COUNT) {
        count(env, argv[0]);
        return;
    }
    if (!begin(&w, env, kind, argv[0])) return;
    if (level == LEVEL_VALUES)
        put_terms(&w, argv + 1, (unsigned)argc - 1, w.session->limits.term_bytes);
    else
        put_absent(&w);
    end(&w, argv[0], true);
}

static void passed_with(ErlNifEnv *env, enum es_kind kind, ERL_NIF_TERM site, ERL_NIF_TERM value, bool entry) {
    struct es_writer w;
    enum es_level level = level_of(site);
    if (level == LEVEL_SKIP) return;
    if (level == LEVEL_COUNT) {
        if (entry) count(env, site);
        return;
    }
    if (!begin(&w, env, kind, site)) return;
    if (level == LEVEL_VALUES)
        put_term(&w, value, w.session->limits.term_bytes);
    else
        put_absent(&w);
    end(&w, site, entry);
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
    (void)argc;
    if (level_of(argv[0]) >= LEVEL_WITHOUT_VALUES && begin(&w, env, KIND_TAIL, argv[0])) end(&w, argv[0], false);
    return es_atom.ok;
}

ERL_NIF_TERM calls_exception(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    struct es_writer w;
    (void)argc;
    enum es_level level = level_of(argv[0]);
    if (level >= LEVEL_WITHOUT_VALUES && begin(&w, env, KIND_EXCEPTION, argv[0])) {
        put_atom(&w, argv[1]);
        if (level == LEVEL_VALUES)
            put_term(&w, argv[2], w.session->limits.term_bytes);
        else
            put_absent(&w);
        end(&w, argv[0], false);
    }
    return es_atom.ok;
}
