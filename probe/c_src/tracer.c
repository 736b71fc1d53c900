#include "tracer.h"

#include "behaviours.h"
#include "encode.h"
#include "layout.h"

/* When nobody records, `remove` makes the VM take this tracer off the process by itself: even when the probe's own processes are
 * gone, tracing does not stay behind. It may be answered to `trace_status` only. */
ERL_NIF_TERM tracer_enabled(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    (void)env, (void)argc;
    if (session_active()) return es_atom.trace;
    return argv[0] == es_atom.trace_status ? es_atom.remove : es_atom.discard;
}

struct event {
    ERL_NIF_TERM tag, pid, term, options;
};

/* The VM makes a map of one to five keys for each event. */
static ERL_NIF_TERM option(struct es_writer *w, const struct event *event, ERL_NIF_TERM key) {
    ERL_NIF_TERM value;
    const uint64_t *words = term_is_boxed(event->options) ? term_words(event->options) : NULL;
    if (words && words[0] == es_layout.flatmap) {
        const ERL_NIF_TERM *keys = term_elements(words[2]);
        for (uint64_t i = 0; i < words[1]; i++)
            if (keys[i] == key) return words[3 + i];
        return 0;
    }
    return enif_get_map_value(w->env, event->options, key, &value) ? value : 0;
}

static uint64_t subject(const struct event *event) { return pid64(event->pid); }

static uint64_t local_pid(ERL_NIF_TERM t) { return t && term_is_local_pid(t) ? pid64(t) : 0; }

/* M and T of {Module, Function, Arguments | Arity}. */
static void put_mfa(struct es_writer *w, ERL_NIF_TERM mfa, bool with_arguments) {
    const ERL_NIF_TERM *t;
    int size;
    unsigned arity = 0;
    if (!enif_get_tuple(w->env, mfa, &size, &t) || size != 3) {
        put_atom(w, es_atom.undefined);
        put_atom(w, es_atom.undefined);
        put_u32(w, 0);
        if (with_arguments) put_absent(w);
        return;
    }
    put_atom(w, t[0]);
    put_atom(w, t[1]);
    if (term_is_small(t[2])) {
        put_u32(w, (uint32_t)term_small(t[2]));
        if (with_arguments) put_absent(w);
        return;
    }
    ERL_NIF_TERM rest = t[2], head;
    while (arity < 256 && enif_get_list_cell(w->env, rest, &head, &rest)) arity++;
    put_u32(w, arity);
    if (with_arguments) put_term(w, t[2], w->session->limits.term_bytes);
}

/* `party`: who else it concerns, where that is no local pid; 0: nobody, or not known. */
static void put_message(struct es_writer *w, const struct event *event, enum es_kind kind, uint8_t flags, uint64_t other,
                        ERL_NIF_TERM party) {
    uint32_t most = w->session->limits.term_bytes;
    do {
        record_open(w, kind, flags, subject(event), 8 + 2 * (most + TERM_EXTRA));
        put_u64(w, other);
        put_term(w, event->term, most);
        if (party)
            put_term(w, party, most);
        else
            put_absent(w);
    } while (!record_close(w));
}

static void on_send(struct es_writer *w, const struct event *event) {
    ERL_NIF_TERM to = option(w, event, es_atom.extra);
    uint64_t receiver = local_pid(to);
    ErlNifPid named;
    /* The VM has looked the name up just before; here it is looked up again, so a name that moved in between is told wrong. */
    if (to && term_is_atom(to) && enif_whereis_pid(w->env, to, &named)) receiver = local_pid(named.pid);
    put_message(w, event, KIND_SEND, event->tag == es_atom.send ? 0 : 1, receiver, receiver ? 0 : to);
}

/* The match specification on 'receive' adds {Node, Sender}. */
static void on_receive(struct es_writer *w, const struct event *event) {
    ERL_NIF_TERM from = option(w, event, es_atom.match_spec_result);
    const ERL_NIF_TERM *pair;
    int size;
    bool timer = from == es_atom.clock_service;
    if (from && enif_get_tuple(w->env, from, &size, &pair) && size == 2) {
        from = pair[1];
        timer = pair[0] == es_atom.clock_service || pair[1] == es_atom.clock_service;
    }
    if (timer && event->term == es_atom.timeout) return; /* an `after` that ran out: not a message */
    if (term_is_boxed(event->term) && term_is_tuple(event->term) && term_arity(event->term) == 3 &&
        term_elements(event->term)[0] == es_atom.system)
        state_may_change(w, event->pid);
    uint64_t sender = local_pid(from);
    bool known = from && !term_is_atom(from);
    put_message(w, event, KIND_ARRIVE, 0, sender, sender || !known ? 0 : from);
}

static void on_call(struct es_writer *w, const struct event *event) {
    const ERL_NIF_TERM *mfa;
    int size;
    if (!enif_get_tuple(w->env, event->term, &size, &mfa) || size != 3) return;
    const struct es_shapes *shapes = atomic_load_explicit(&w->session->shapes, memory_order_acquire);
    if (shapes) {
        ERL_NIF_TERM args[16], rest = mfa[2];
        unsigned n = 0;
        while (n < 16 && enif_get_list_cell(w->env, rest, &args[n], &rest)) n++;
        const struct es_shape *shape = term_is_nil(rest) ? shape_find(shapes, mfa[0], mfa[1], n) : NULL;
        if (shape && behaviour_call(w, shape, event->pid, args)) return;
    }
    record_begin(w, KIND_CALL, 0, subject(event));
    put_mfa(w, event->term, true);
    record_end(w);
}

static const struct es_shape *shape_of(struct es_writer *w, ERL_NIF_TERM mfa) {
    const struct es_shapes *shapes = atomic_load_explicit(&w->session->shapes, memory_order_acquire);
    const ERL_NIF_TERM *t;
    int size;
    if (!shapes || !enif_get_tuple(w->env, mfa, &size, &t) || size != 3 || !term_is_small(t[2])) return NULL;
    return shape_find(shapes, t[0], t[1], (uint32_t)term_small(t[2]));
}

static void on_return(struct es_writer *w, const struct event *event) {
    const struct es_shape *shape = shape_of(w, event->term);
    ERL_NIF_TERM value = option(w, event, es_atom.extra);
    if (!value) value = es_atom.undefined;
    if (shape) {
        behaviour_return(w, shape, event->pid, value);
        return;
    }
    record_begin(w, KIND_RETURN, 0, subject(event));
    put_mfa(w, event->term, false);
    put_term(w, value, w->session->limits.term_bytes);
    record_end(w);
}

static void on_exception(struct es_writer *w, const struct event *event) {
    const struct es_shape *shape = shape_of(w, event->term);
    ERL_NIF_TERM what = option(w, event, es_atom.extra);
    const ERL_NIF_TERM *pair;
    int size;
    if (!what) return;
    if (shape) {
        behaviour_exception(w, shape, event->pid, what);
        return;
    }
    if (!enif_get_tuple(w->env, what, &size, &pair) || size != 2) return;
    record_begin(w, KIND_EXCEPTION, 0, subject(event));
    put_mfa(w, event->term, false);
    put_atom(w, pair[0]);
    put_term(w, pair[1], w->session->limits.term_bytes);
    record_end(w);
}

static void on_spawn(struct es_writer *w, const struct event *event) {
    ERL_NIF_TERM mfa = option(w, event, es_atom.extra);
    record_begin(w, event->tag == es_atom.spawn ? KIND_SPAWN : KIND_SPAWNED, 0, subject(event));
    put_u64(w, local_pid(event->term));
    put_mfa(w, mfa ? mfa : es_atom.undefined, true);
    record_end(w);
}

static void on_process_exit(struct es_writer *w, const struct event *event) {
    record_begin(w, KIND_EXIT, 0, subject(event));
    put_term(w, event->term, w->session->limits.term_bytes);
    record_end(w);
    process_forget(&w->session->callbacks, event->pid);
}

static void on_link(struct es_writer *w, const struct event *event) {
    uint64_t other = local_pid(event->term);
    record_begin(w, event->tag == es_atom.link ? KIND_LINK : KIND_UNLINK, 0, subject(event));
    put_u64(w, other);
    if (other)
        put_absent(w);
    else
        put_term(w, event->term, w->session->limits.term_bytes);
    record_end(w);
}

static void on_register(struct es_writer *w, const struct event *event) {
    if (!term_is_atom(event->term)) return;
    record_begin(w, event->tag == es_atom.register_ ? KIND_REGISTER : KIND_UNREGISTER, 0, subject(event));
    put_atom(w, event->term);
    record_end(w);
}

static void on_schedule(struct es_writer *w, const struct event *event) {
    bool in = event->tag == es_atom.in || event->tag == es_atom.in_exiting;
    record_begin(w, KIND_SCHEDULE, in ? 1 : 0, subject(event));
    put_mfa(w, event->term, false);
    record_end(w);
}

static void on_gc(struct es_writer *w, const struct event *event) {
    uint64_t heap = 0, old_heap = 0;
    ERL_NIF_TERM head, list = event->term;
    const ERL_NIF_TERM *pair;
    int size;
    for (int n = 0; n < 32 && enif_get_list_cell(w->env, list, &head, &list); n++) {
        if (!enif_get_tuple(w->env, head, &size, &pair) || size != 2 || !term_is_small(pair[1])) continue;
        if (pair[0] == es_atom.heap_size) heap = (uint64_t)term_small(pair[1]);
        if (pair[0] == es_atom.old_heap_size) old_heap = (uint64_t)term_small(pair[1]);
    }
    bool major = event->tag == es_atom.gc_major_start || event->tag == es_atom.gc_major_end;
    bool end = event->tag == es_atom.gc_minor_end || event->tag == es_atom.gc_major_end;
    record_begin(w, KIND_GC, (uint8_t)(major | end << 1), subject(event));
    put_u64(w, heap);
    put_u64(w, old_heap);
    record_end(w);
}

static void dispatch(struct es_writer *w, const struct event *event) {
    ERL_NIF_TERM tag = event->tag;
    if (tag == es_atom.receive) on_receive(w, event);
    else if (tag == es_atom.send || tag == es_atom.send_to_non_existing_process) on_send(w, event);
    else if (tag == es_atom.call) on_call(w, event);
    else if (tag == es_atom.return_from) on_return(w, event);
    else if (tag == es_atom.exception_from) on_exception(w, event);
    else if (tag == es_atom.in || tag == es_atom.out || tag == es_atom.in_exiting || tag == es_atom.out_exiting ||
             tag == es_atom.out_exited) on_schedule(w, event);
    else if (tag == es_atom.gc_minor_start || tag == es_atom.gc_minor_end || tag == es_atom.gc_major_start ||
             tag == es_atom.gc_major_end) on_gc(w, event);
    else if (tag == es_atom.spawn || tag == es_atom.spawned) on_spawn(w, event);
    else if (tag == es_atom.exit) on_process_exit(w, event);
    else if (tag == es_atom.link || tag == es_atom.unlink) on_link(w, event);
    else if (tag == es_atom.register_ || tag == es_atom.unregister) on_register(w, event);
}

/* trace(Tag, State, Tracee, Term, Options) */
ERL_NIF_TERM tracer_trace(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    struct es_writer w;
    struct event event = {argv[0], argv[2], argv[3], argv[4]};
    (void)argc;
    if (term_is_local_pid(event.pid) && writer_open(&w, env)) {
        dispatch(&w, &event);
        writer_close(&w);
    }
    return es_atom.ok;
}
