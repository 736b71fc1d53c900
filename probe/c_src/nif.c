/* The functions of the Erlang module elixirscope_nif. */
#include "calls.h"
#include "drain.h"
#include "clock.h"
#include "connect.h"
#include "encode.h"
#include "layout.h"
#include "options.h"
#include "tracer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_MS 5000
#define STOP_SECONDS 6

/* The session that start/1 made, until stop/1 or the next start/1, also when it has ended by itself. */
static struct es_session *started;
static pthread_mutex_t started_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t generations;
static bool usable;
static _Atomic int instances; /* of the Erlang module that use this library */

static ERL_NIF_TERM text_term(ErlNifEnv *env, const char *text) {
    ERL_NIF_TERM t;
    size_t size = strlen(text);
    memcpy(enif_make_new_binary(env, size, &t), text, size);
    return t;
}

static ERL_NIF_TERM error_text(ErlNifEnv *env, const char *text) {
    return enif_make_tuple2(env, es_atom.error, text_term(env, text));
}

/* check(Samples, OtpRelease, ProcessLimit, AtomLimit) -> true | false */
static ERL_NIF_TERM nif_check(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    unsigned otp, limit, atoms;
    (void)argc;
    if (!enif_get_uint(env, argv[1], &otp) || !enif_get_uint(env, argv[2], &limit) || !enif_get_uint(env, argv[3], &atoms))
        return enif_make_badarg(env);
    if (atoms > 0 && atoms < ES_ATOM_MOST) es_atom_limit = atoms;
    usable = layout_check(env, argv[0], otp, limit);
    clock_begin();
    return usable ? es_atom.true_ : es_atom.false_;
}

/* --- start and stop ---------------------------------------------------------------------------------------------------------- */

static void session_free_unstarted(struct es_session *session) {
    atomic_store(&session->references, 1);
    session_release(session);
}

static struct es_session *session_create(const struct es_options *o, char *why, size_t why_size) {
    struct es_session *s = aligned_alloc(64, (sizeof *s + 63) / 64 * 64);
    if (s) memset(s, 0, sizeof *s);
    if (!s) {
        snprintf(why, why_size, "no memory");
        return NULL;
    }
    s->socket = -1;
    s->last_note = &s->notes;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->finished, &attributes);
    pthread_condattr_destroy(&attributes);
    clock_start();
    s->clock_offset = enif_monotonic_time(ERL_NIF_NSEC) - clock_ns();
    s->limits = o->limits;
    s->wait_when_full = o->wait_when_full;
    s->bytes_per_second = o->bytes_per_second;
    s->silence_ms = o->silence_ms;
    s->owner = o->owner;
    s->cookie = o->cookie;
    s->secret_words = o->secret_words;
    memcpy(s->secret_word, o->secret_word, sizeof s->secret_word);
    if (!marks_create(&s->atoms) || !callbacks_create(&s->callbacks)) {
        snprintf(why, why_size, "no memory");
        session_free_unstarted(s);
        return NULL;
    }
    s->socket = connect_within((const struct sockaddr *)&o->address, o->address_size, CONNECT_MS, why, why_size);
    if (s->socket < 0 ||
        !rings_create(&s->rings, o->rings, o->ring_bytes, o->ring_file[0] ? o->ring_file : NULL, why, why_size)) {
        session_free_unstarted(s);
        return NULL;
    }
    if (o->ring_file[0]) s->ring_path = strdup(o->ring_file);
    if (!drain_greet(s, o->token, o->hello.data, o->hello.size, why, why_size)) {
        if (s->ring_path) unlink(s->ring_path);
        session_free_unstarted(s);
        return NULL;
    }
    return s;
}

static bool session_done(struct es_session *s) {
    pthread_mutex_lock(&s->lock);
    bool done = s->done;
    pthread_mutex_unlock(&s->lock);
    return done;
}

/* start(Options) -> ok | {error, binary()} */
static ERL_NIF_TERM nif_start(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    char why[256] = "";
    (void)argc;
    if (!usable) return error_text(env, "the memory layout of this VM is not known");
    struct es_options *o = malloc(sizeof *o);
    if (!o) return error_text(env, "no memory");
    ERL_NIF_TERM answer = es_atom.ok;
    pthread_mutex_lock(&started_lock);
    if (started && session_done(started)) {
        session_release(started);
        started = NULL;
    }
    if (started) {
        answer = error_text(env, "already started");
    } else if (!options_read(env, argv[0], o, why, sizeof why)) {
        answer = error_text(env, why);
    } else {
        struct es_session *s = session_create(o, why, sizeof why);
        if (!s) {
            answer = error_text(env, why);
        } else {
            /* A number of its own also against the sessions of another copy of this library: threads are told apart per copy. */
            s->generation = ++generations;
            atomic_store(&s->references, 2);
            atomic_store(&s->active, true);
            atomic_store(&es_current, s);
            if (drain_start(s)) {
                started = s;
            } else {
                session_retire(s);
                session_free_unstarted(s);
                answer = error_text(env, "cannot start the drain thread");
            }
        }
    }
    pthread_mutex_unlock(&started_lock);
    free(o);
    return answer;
}

static void ask_to_stop(struct es_session *s, const ErlNifBinary *goodbye) {
    pthread_mutex_lock(&s->lock);
    if (goodbye && !s->goodbye && (s->goodbye = malloc(goodbye->size + 1))) {
        memcpy(s->goodbye, goodbye->data, goodbye->size);
        s->goodbye_size = goodbye->size;
    }
    s->stop = STOP_ASKED;
    pthread_mutex_unlock(&s->lock);
}

/* stop(GoodbyeJson) -> ok. Waits until everything is sent, two seconds at most. Never frees what a trace callback may still use:
 * the drain thread does, once it has seen every thread outside. */
static ERL_NIF_TERM nif_stop(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    ErlNifBinary goodbye;
    (void)argc;
    if (!enif_inspect_binary(env, argv[0], &goodbye) || goodbye.size > 1u << 20) return enif_make_badarg(env);
    pthread_mutex_lock(&started_lock);
    struct es_session *s = started;
    started = NULL;
    if (s) ask_to_stop(s, &goodbye);
    pthread_mutex_unlock(&started_lock);
    if (!s) return es_atom.ok;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STOP_SECONDS;
    pthread_mutex_lock(&s->lock);
    while (!s->done && pthread_cond_timedwait(&s->finished, &s->lock, &until) != ETIMEDOUT) {
    }
    pthread_mutex_unlock(&s->lock);
    session_release(s);
    return es_atom.ok;
}

/* --- while it runs ----------------------------------------------------------------------------------------------------------- */

/* shapes([{{M, F, Arity}, Shape | {Shape, Positions}}]) -> ok */
static ERL_NIF_TERM nif_shapes(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    (void)argc;
    struct es_shapes *shapes = shapes_read(env, argv[0]);
    if (!shapes) return enif_make_badarg(env);
    ERL_NIF_TERM answer = es_atom.ok;
    pthread_mutex_lock(&started_lock);
    if (started && !session_done(started)) {
        shapes->replaced = atomic_load(&started->shapes);
        atomic_store_explicit(&started->shapes, shapes, memory_order_release);
    } else {
        shapes_destroy(shapes);
        answer = error_text(env, "not started");
    }
    pthread_mutex_unlock(&started_lock);
    return answer;
}

static bool put_field(struct es_writer *w, ERL_NIF_TERM field, uint32_t most) {
    const ERL_NIF_TERM *t;
    int size;
    unsigned u32;
    ErlNifUInt64 u64;
    if (field == es_atom.absent) {
        put_absent(w);
        return true;
    }
    if (!enif_get_tuple(w->env, field, &size, &t) || size != 2) return false;
    if (t[0] == es_atom.u32 && enif_get_uint(w->env, t[1], &u32)) {
        put_u32(w, u32);
    } else if (t[0] == es_atom.u64 && enif_get_uint64(w->env, t[1], &u64)) {
        put_u64(w, u64);
    } else if (t[0] == es_atom.atom && enif_is_atom(w->env, t[1])) {
        put_atom(w, t[1]);
    } else if (t[0] == es_atom.pid && enif_is_pid(w->env, t[1])) {
        put_u64(w, term_is_local_pid(t[1]) ? pid64(t[1]) : 0);
    } else if (t[0] == es_atom.term) {
        put_term(w, t[1], most);
    } else if (t[0] == es_atom.state) {
        put_term(w, t[1], w->session->limits.state_bytes);
    } else {
        return false;
    }
    return true;
}

/* emit(Kind, Flags, Subject, Fields) -> ok | full */
static ERL_NIF_TERM nif_emit(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    unsigned kind, flags;
    struct es_writer w;
    (void)argc;
    if (!enif_get_uint(env, argv[0], &kind) || kind < KIND_ATOM || kind > KIND_MEMORY || !enif_get_uint(env, argv[1], &flags) ||
        flags > 255 || !(enif_is_pid(env, argv[2]) || argv[2] == es_atom.undefined))
        return enif_make_badarg(env);
    if (!writer_open(&w, env)) return es_atom.full;
    record_begin(&w, (enum es_kind)kind, (uint8_t)flags, term_is_local_pid(argv[2]) ? pid64(argv[2]) : 0);
    ERL_NIF_TERM list = argv[3], field;
    bool good = true;
    for (int n = 0; good && enif_get_list_cell(env, list, &field, &list); n++)
        good = n < 8 && put_field(&w, field, w.session->limits.term_bytes);
    good = good && enif_is_empty_list(env, list);
    bool written = good && record_end(&w);
    writer_close(&w);
    if (!good) return enif_make_badarg(env);
    return written ? es_atom.ok : es_atom.full;
}

static bool queue_note(struct es_session *s, struct es_note *note) {
    pthread_mutex_lock(&s->lock);
    bool fits = !s->done && s->notes_bytes + note->size <= NOTES_BYTES_MOST;
    if (fits) {
        *s->last_note = note;
        s->last_note = &note->next;
        s->notes_bytes += note->size;
    }
    pthread_mutex_unlock(&s->lock);
    return fits;
}

/* frame(Type, Json) -> ok | full */
static ERL_NIF_TERM nif_frame(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    ErlNifBinary text;
    unsigned type;
    (void)argc;
    if (!enif_get_uint(env, argv[0], &type) || (type != FRAME_NOTE && type != FRAME_SOURCE)) return enif_make_badarg(env);
    if (!enif_inspect_binary(env, argv[1], &text) || text.size > FRAME_TEXT_MOST) return enif_make_badarg(env);
    struct es_note *note = malloc(sizeof *note + text.size);
    if (!note) return es_atom.full;
    note->next = NULL;
    note->type = (uint8_t)type;
    note->size = text.size;
    memcpy(note->text, text.data, text.size);
    pthread_mutex_lock(&started_lock);
    bool queued = started && queue_note(started, note);
    bool none = !started;
    pthread_mutex_unlock(&started_lock);
    if (!queued) free(note);
    return queued || none ? es_atom.ok : es_atom.full;
}

/* stats() -> map() */
static ERL_NIF_TERM nif_stats(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    struct es_stats stats;
    (void)argc, (void)argv;
    pthread_mutex_lock(&started_lock);
    if (started)
        stats_collect(started, &stats);
    else
        stats = es_last_stats;
    pthread_mutex_unlock(&started_lock);
    ERL_NIF_TERM map = enif_make_new_map(env);
    enif_make_map_put(env, map, es_atom.records, enif_make_uint64(env, stats.records), &map);
    enif_make_map_put(env, map, es_atom.bytes, enif_make_uint64(env, stats.bytes), &map);
    enif_make_map_put(env, map, es_atom.sent, enif_make_uint64(env, stats.sent), &map);
    enif_make_map_put(env, map, es_atom.dropped, enif_make_uint64(env, stats.dropped), &map);
    enif_make_map_put(env, map, es_atom.waits, enif_make_uint64(env, stats.waits), &map);
    enif_make_map_put(env, map, es_atom.fullest, enif_make_uint64(env, stats.fullest), &map);
    enif_make_map_put(env, map, es_atom.slowest_ms, enif_make_int64(env, stats.slowest_ms), &map);
    enif_make_map_put(env, map, es_atom.rings_used, enif_make_uint(env, stats.rings_used), &map);
    enif_make_map_put(env, map, es_atom.active, session_active() ? es_atom.true_ : es_atom.false_, &map);
    return map;
}

static ERL_NIF_TERM nif_active(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    (void)env, (void)argc, (void)argv;
    return session_active() ? es_atom.true_ : es_atom.false_;
}

/* --- the library ------------------------------------------------------------------------------------------------------------- */

static int on_load(ErlNifEnv *env, void **data, ERL_NIF_TERM info) {
    (void)data, (void)info;
    atoms_init(env);
    session_init();
    atomic_fetch_add(&instances, 1);
    return 0;
}

static int on_upgrade(ErlNifEnv *env, void **data, void **old_data, ERL_NIF_TERM info) {
    (void)old_data;
    return on_load(env, data, info);
}

/* The module was purged without stop/1. The library itself stays in memory for good (-z nodelete), so the drain thread can end in
 * peace, and a trace callback that is on its way can return. */
static void on_unload(ErlNifEnv *env, void *data) {
    (void)env, (void)data;
    if (atomic_fetch_sub(&instances, 1) != 1) return;
    pthread_mutex_lock(&started_lock);
    struct es_session *s = started;
    started = NULL;
    if (s) ask_to_stop(s, NULL);
    pthread_mutex_unlock(&started_lock);
    if (s) session_release(s);
}

static ErlNifFunc functions[] = {
    {"enabled", 3, tracer_enabled, 0},
    {"trace", 5, tracer_trace, 0},
    {"check", 4, nif_check, 0},
    {"start_nif", 1, nif_start, ERL_NIF_DIRTY_JOB_IO_BOUND},
    {"stop_nif", 1, nif_stop, ERL_NIF_DIRTY_JOB_IO_BOUND},
    {"shapes", 1, nif_shapes, 0},
    {"emit", 4, nif_emit, 0},
    {"frame", 2, nif_frame, 0},
    {"levels_nif", 1, sites_levels, 0},
    {"hits", 0, sites_hits, ERL_NIF_DIRTY_JOB_CPU_BOUND},
    {"counted", 0, sites_counted, ERL_NIF_DIRTY_JOB_CPU_BOUND},
    {"busy", 0, busy_processes, ERL_NIF_DIRTY_JOB_CPU_BOUND},
    {"stats", 0, nif_stats, 0},
    {"active", 0, nif_active, 0},
    {"call", 1, calls_call, 0},
    {"call", 2, calls_call, 0},
    {"call", 3, calls_call, 0},
    {"call", 4, calls_call, 0},
    {"call", 5, calls_call, 0},
    {"call", 6, calls_call, 0},
    {"call", 7, calls_call, 0},
    {"call", 8, calls_call, 0},
    {"call", 9, calls_call, 0},
    {"call_list", 2, calls_call_list, 0},
    {"line", 1, calls_line, 0},
    {"line", 2, calls_line, 0},
    {"line", 3, calls_line, 0},
    {"line", 4, calls_line, 0},
    {"line", 5, calls_line, 0},
    {"line", 6, calls_line, 0},
    {"line", 7, calls_line, 0},
    {"line", 8, calls_line, 0},
    {"line", 9, calls_line, 0},
    {"line_list", 2, calls_line_list, 0},
    {"value", 2, calls_value, 0},
    {"return", 2, calls_return, 0},
    {"tail", 1, calls_tail, 0},
    {"exception", 4, calls_exception, 0},
};

ERL_NIF_INIT(elixirscope_nif, functions, on_load, NULL, on_upgrade, on_unload)
