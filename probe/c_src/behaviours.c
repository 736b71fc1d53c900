#include "behaviours.h"

#include "encode.h"
#include "layout.h"

#include <string.h>

struct parts {
    struct es_frame frame;
    ERL_NIF_TERM message, from, state;
    bool has_from, has_state;
};

struct outcome {
    ERL_NIF_TERM result, state;
    unsigned hole; /* element of the result that is the state */
    bool has_state, raised;
    bool made; /* the state is a tuple made for the record */
};

static const ERL_NIF_TERM *tuple_of(ErlNifEnv *env, ERL_NIF_TERM t, unsigned least, int *size) {
    (void)env;
    if (!term_is_boxed(t) || !term_is_tuple(t) || term_arity(t) < least) return NULL;
    *size = (int)term_arity(t);
    return term_elements(t);
}

/* The module itself (OTP 25), or a #callback_cache{} that holds it first (26 and later). */
static ERL_NIF_TERM module_or_cache(ErlNifEnv *env, ERL_NIF_TERM t) {
    int size;
    const ERL_NIF_TERM *cache = term_is_atom(t) ? NULL : tuple_of(env, t, 2, &size);
    return cache ? cache[1] : t;
}

static bool statem_parts(struct es_writer *w, const struct es_shape *shape, const ERL_NIF_TERM *args, struct parts *parts) {
    int size;
    ERL_NIF_TERM module, rest;
    const ERL_NIF_TERM *params = tuple_of(w->env, args[0], shape->modules > 2 ? shape->modules : 2, &size);
    if (!params || !enif_get_list_cell(w->env, params[shape->modules - 1], &module, &rest)) return false;
    bool by_state = params[1] == es_atom.state_functions;
    const ERL_NIF_TERM *state = tuple_of(w->env, args[4], 2, &size);
    const ERL_NIF_TERM *event = tuple_of(w->env, args[10], 2, &size);
    if (!state || !event) return false;
    by_state = by_state && term_is_atom(state[0]);
    parts->frame = (struct es_frame){es_atom.gen_statem, module, by_state ? state[0] : es_atom.handle_event, by_state ? 3 : 4};
    parts->message = event[1];
    parts->from = event[0];
    parts->has_from = true;
    parts->state = args[4];
    parts->has_state = true;
    return true;
}

static bool event_parts(struct es_writer *w, const struct es_shape *shape, const ERL_NIF_TERM *args, struct parts *parts) {
    int size;
    unsigned least = shape->module_at > shape->state_at ? shape->module_at : shape->state_at;
    const ERL_NIF_TERM *handler = tuple_of(w->env, args[0], least, &size);
    if (!handler) return false;
    bool call = shape->kind == GE_CALL;
    parts->frame = (struct es_frame){es_atom.gen_event, handler[shape->module_at - 1], call ? es_atom.handle_call : args[1], 2};
    parts->message = call ? args[1] : args[2];
    parts->state = handler[shape->state_at - 1];
    parts->has_state = true;
    return true;
}

/* The arguments are the callback's own. */
static bool direct_parts(const struct es_shape *shape, const ERL_NIF_TERM *args, struct parts *parts) {
    parts->frame = (struct es_frame){shape->behaviour, shape->module, shape->function, shape->arity};
    parts->message = args[0];
    parts->has_from = shape->arity == 3;
    parts->has_state = shape->arity >= 2;
    if (parts->has_from) parts->from = args[1];
    if (parts->has_state) parts->state = args[shape->arity - 1];
    return shape->arity <= 3;
}

static bool parts_of(struct es_writer *w, const struct es_shape *shape, const ERL_NIF_TERM *args, struct parts *parts) {
    *parts = (struct parts){.has_state = true};
    struct es_frame *frame = &parts->frame;
    frame->behaviour = es_atom.gen_server;
    frame->arity = 2;
    switch (shape->kind) {
    case GS_INIT:
        *frame = (struct es_frame){es_atom.gen_server, args[0], es_atom.init, 1};
        parts->message = args[1];
        parts->has_state = false;
        break;
    case GS_CALL:
        *frame = (struct es_frame){es_atom.gen_server, module_or_cache(w->env, args[0]), es_atom.handle_call, 3};
        parts->message = args[1];
        parts->from = args[2];
        parts->has_from = true;
        parts->state = args[3];
        break;
    case GS_DISPATCH:
        frame->module = module_or_cache(w->env, args[0]);
        frame->function = args[1];
        parts->message = args[2];
        parts->state = args[3];
        break;
    case GS_CAST: case GS_INFO: case GS_CONTINUE: case GS_TERMINATE:
        frame->module = module_or_cache(w->env, args[0]);
        frame->function = shape->kind == GS_CAST   ? es_atom.handle_cast
                          : shape->kind == GS_INFO ? es_atom.handle_info
                          : shape->kind == GS_CONTINUE ? es_atom.handle_continue
                                                       : es_atom.terminate;
        parts->message = args[1];
        parts->state = args[2];
        break;
    case STATEM_CALLBACK:
        return statem_parts(w, shape, args, parts);
    case GE_UPDATE: case GE_CALL:
        if (!event_parts(w, shape, args, parts)) return false;
        break;
    case DIRECT:
        return direct_parts(shape, args, parts);
    default:
        return false;
    }
    return term_is_atom(frame->module) && term_is_atom(frame->function);
}

static void put_frame(struct es_writer *w, const struct es_frame *frame) {
    put_atom(w, frame->behaviour);
    put_atom(w, frame->module);
    put_atom(w, frame->function);
    put_u32(w, frame->arity);
}

struct print {
    uint64_t value[2];
    uint32_t bytes;
};

/* The VM may hand over a binary that is being matched as a copy of its own, which is gone when the event is over. */
static ERL_NIF_TERM word_of(const struct es_writer *w, ERL_NIF_TERM state) {
    return state && term_is_boxed(state) && term_type(w->env, state) == ERL_NIF_TERM_TYPE_BITSTRING ? 0 : state;
}

/* Whether this is surely the state that was written last, told without reading it: it is the same word. While a process collects
 * no garbage, what a word points to stays. When it did collect some, another term could lie at the same place; but a behaviour hands
 * on the very term that its callback gave, unless a system message replaces it (sys:replace_state/2, a change of code), and those
 * are seen to arrive (state_may_change). A word that moved only costs reading the state and comparing fingerprints. */
static bool same_word(const struct es_process *process, ERL_NIF_TERM state) {
    return process && process->state_bytes > 0 && process->state_term == state;
}

/* Appends the state. With `unless_same`, leaves it out when it is the one that was written last. */
static bool put_state(struct es_writer *w, struct es_process *process, ERL_NIF_TERM state, bool unless_same, struct print *print) {
    if (unless_same && same_word(process, state)) {
        put_absent(w);
        return false;
    }
    uint8_t *at = w->at;
    put_term(w, state, w->session->limits.state_bytes);
    print->bytes = (uint32_t)(w->at - at - 4);
    fingerprint(at + 4, print->bytes, print->value);
    if (!unless_same || !process || process->state_bytes != print->bytes ||
        memcmp(process->state_print, print->value, sizeof print->value) != 0)
        return true;
    w->at = at;
    put_absent(w);
    process->state_term = word_of(w, state);
    return false;
}

/* `state` is a term of the process itself, not one that was made here: 0 for those. */
static void remember_state(struct es_writer *w, struct es_process *process, const struct print *print, ERL_NIF_TERM state) {
    if (!process) return;
    process->state_bytes = print->bytes;
    memcpy(process->state_print, print->value, sizeof print->value);
    process->state_term = word_of(w, state);
}

void state_may_change(struct es_writer *w, ERL_NIF_TERM pid) {
    struct es_process *process = process_hold(&w->session->callbacks, w->env, pid, false);
    if (process) process->state_term = 0;
    process_let_go(process, pid);
}

static void begin(struct es_writer *w, const struct parts *parts, ERL_NIF_TERM pid) {
    struct es_process *process = process_hold(&w->session->callbacks, w->env, pid, true);
    struct print print;
    uint32_t most = w->session->limits.term_bytes;
    record_begin(w, KIND_CALLBACK, 0, pid64(pid));
    put_frame(w, &parts->frame);
    put_term(w, parts->message, most);
    if (parts->has_from)
        put_term(w, parts->from, most);
    else
        put_absent(w);
    bool wrote = false;
    /* Handlers of one gen_event have a state each: the last one written says nothing about the next. */
    bool many_states = parts->frame.behaviour == es_atom.gen_event;
    if (parts->has_state)
        wrote = put_state(w, process, parts->state, !many_states, &print);
    else
        put_absent(w);
    if (record_end(w) && wrote) remember_state(w, process, &print, parts->state);
    if (process) {
        if (process->open < CALLBACK_DEPTH) process->frame[process->open] = parts->frame;
        process->open++;
    }
    process_let_go(process, pid);
}

static void end(struct es_writer *w, const struct outcome *outcome, ERL_NIF_TERM pid, const struct es_frame *otherwise) {
    struct es_process *process = process_hold(&w->session->callbacks, w->env, pid, true);
    struct es_frame frame = *otherwise;
    struct print print;
    uint32_t most = w->session->limits.term_bytes;
    if (process && process->open > 0) {
        process->open--;
        process->within = 0;
        if (process->open < CALLBACK_DEPTH) frame = process->frame[process->open];
    }
    record_begin(w, KIND_CALLBACK_RETURN, outcome->raised ? 1 : 0, pid64(pid));
    put_frame(w, &frame);
    if (outcome->result)
        put_term_with_hole(w, outcome->result, outcome->hole, most);
    else
        put_absent(w);
    if (outcome->has_state)
        put_state(w, process, outcome->state, false, &print);
    else
        put_absent(w);
    if (record_end(w) && outcome->has_state) remember_state(w, process, &print, outcome->made ? 0 : outcome->state);
    process_let_go(process, pid);
}

/* Where gen_server finds the state in what a callback returned: an element, 0 for none. */
static unsigned server_state_at(enum es_shape_kind kind, const ERL_NIF_TERM *t, int size) {
    if (kind == GS_TERMINATE || size < 2) return 0;
    if (kind == GS_INIT) return t[0] == es_atom.ok && size <= 3 ? 2 : 0;
    if (t[0] == es_atom.reply && (size == 3 || size == 4)) return 3;
    if (t[0] == es_atom.noreply && size <= 3) return 2;
    if (t[0] == es_atom.stop && (size == 3 || size == 4)) return (unsigned)size;
    return 0;
}

/* {ok, Result} or {'EXIT', Class, Reason, Stack} */
static void server_outcome(struct es_writer *w, const struct es_shape *shape, ERL_NIF_TERM value, struct outcome *outcome) {
    int size;
    const ERL_NIF_TERM *t = tuple_of(w->env, value, 2, &size);
    if (t && size == 4 && t[0] == es_atom.EXIT) {
        outcome->raised = true;
        outcome->result = enif_make_tuple3(w->env, t[1], t[2], t[3]);
        return;
    }
    if (t && size == 2 && t[0] == es_atom.ok) outcome->result = t[1];
    t = tuple_of(w->env, outcome->result, 2, &size);
    if (!t) return;
    outcome->hole = server_state_at(shape->kind, t, size);
    if (outcome->hole) {
        outcome->has_state = true;
        outcome->state = t[outcome->hole - 1];
    }
}

/* {ok | hibernate, Handler} or no; of a call, that and the reply. */
static void event_outcome(struct es_writer *w, const struct es_shape *shape, ERL_NIF_TERM value, struct outcome *outcome) {
    int size;
    const ERL_NIF_TERM *t = tuple_of(w->env, value, 2, &size), *update = t;
    ERL_NIF_TERM reply = 0;
    if (shape->kind == GE_CALL && t) {
        reply = t[1];
        update = tuple_of(w->env, t[0], 2, &size);
    }
    const ERL_NIF_TERM *handler = update ? tuple_of(w->env, update[1], shape->state_at, &size) : NULL;
    if (handler) {
        outcome->has_state = true;
        outcome->state = handler[shape->state_at - 1];
        outcome->hole = 2;
        outcome->result = enif_make_tuple2(w->env, update[0], es_atom.state);
        if (reply) {
            outcome->hole = 3;
            outcome->result = enif_make_tuple3(w->env, update[0], reply, es_atom.state);
        }
    }
}

/* The callback's own result. Behaviours of this kind have options of their own at the end of it (`{ok, State, hibernate, Backoff}`). */
static void direct_outcome(struct es_writer *w, const struct es_shape *shape, ERL_NIF_TERM value, struct outcome *outcome) {
    int size;
    outcome->result = value;
    const ERL_NIF_TERM *t = tuple_of(w->env, value, 2, &size);
    if (!t || shape->function == es_atom.terminate) return;
    if (shape->function == es_atom.init || shape->function == es_atom.handle_batch) {
        bool actions = size == 3 && shape->function == es_atom.handle_batch;
        if (t[0] == es_atom.ok) outcome->hole = actions ? 3 : 2;
    } else if (t[0] == es_atom.noreply) {
        outcome->hole = 2;
    } else if ((t[0] == es_atom.reply || t[0] == es_atom.become) && size >= 3) {
        outcome->hole = 3;
    } else if (t[0] == es_atom.stop && (size == 3 || size == 4)) {
        outcome->hole = (unsigned)size;
    }
    if (outcome->hole) {
        outcome->has_state = true;
        outcome->state = t[outcome->hole - 1];
    }
}

/* Whether a function with a shape DIRECT is called by its behaviour, and not by another callback (a gen_server that passes on what it
 * got, or a module that calls its own): only the outer one takes a message. An `init` that is still open when a callback begins
 * will never end: it has become the loop itself. */
static bool direct_begins(struct es_writer *w, const struct es_shape *shape, ERL_NIF_TERM pid) {
    struct es_process *process = process_hold(&w->session->callbacks, w->env, pid, false);
    bool inside = process && process->open > 0;
    bool entered = inside && process->open == 1 && process->within == 0 && process->frame[0].behaviour == shape->behaviour &&
                   process->frame[0].function == es_atom.init && shape->function != es_atom.init;
    if (inside && !entered) process->within++;
    process_let_go(process, pid);
    if (!entered) return !inside;
    struct outcome unseen = {0};
    struct es_frame none = {shape->behaviour, shape->module, es_atom.init, 1};
    end(w, &unseen, pid, &none);
    return true;
}

static bool direct_ends(struct es_writer *w, ERL_NIF_TERM pid) {
    struct es_process *process = process_hold(&w->session->callbacks, w->env, pid, false);
    bool open = process && process->open > 0 && process->within == 0;
    if (process && process->within > 0) process->within--;
    process_let_go(process, pid);
    return open;
}

/* What the callback of a gen_statem gave. State and data stand together, so the element replaced is the data. */
static void statem_outcome(struct es_writer *w, const ERL_NIF_TERM *args, struct outcome *outcome) {
    int size, pair_size;
    const ERL_NIF_TERM *before = tuple_of(w->env, args[4], 2, &pair_size);
    outcome->result = args[10];
    const ERL_NIF_TERM *t = tuple_of(w->env, args[10], 2, &size);
    if (!t || !before) return;
    ERL_NIF_TERM state = before[0];
    if (t[0] == es_atom.next_state && (size == 3 || size == 4)) {
        state = t[1];
        outcome->hole = 3;
    } else if ((t[0] == es_atom.keep_state || t[0] == es_atom.repeat_state) && size <= 3) {
        outcome->hole = 2;
    } else if (t[0] == es_atom.stop && size == 3) {
        outcome->hole = 3;
    } else if (t[0] == es_atom.stop_and_reply && size == 4) {
        outcome->hole = 4;
    }
    if (outcome->hole) {
        outcome->has_state = outcome->made = true;
        outcome->state = enif_make_tuple2(w->env, state, t[outcome->hole - 1]);
    }
}

static void statem_state(struct es_writer *w, const struct es_shape *shape, ERL_NIF_TERM pid, ERL_NIF_TERM record) {
    int size;
    const ERL_NIF_TERM *t = tuple_of(w->env, record, shape->state_data, &size);
    if (!t) return;
    struct es_process *process = process_hold(&w->session->callbacks, w->env, pid, true);
    struct print print;
    bool open = process && process->open > 0;
    record_begin(w, KIND_STATE, 0, pid64(pid));
    put_atom(w, es_atom.gen_statem);
    ERL_NIF_TERM state = t[shape->state_data - 1];
    if (put_state(w, process, state, !open, &print) && record_end(w)) remember_state(w, process, &print, state);
    if (process) process->open = process->within = 0;
    process_let_go(process, pid);
}

bool behaviour_call(struct es_writer *w, const struct es_shape *shape, ERL_NIF_TERM pid, const ERL_NIF_TERM *args) {
    struct parts parts;
    struct outcome outcome = {0};
    struct es_frame unknown = {es_atom.gen_statem, shape->module, shape->function, shape->arity};
    switch (shape->kind) {
    case STATEM_RECEIVE:
        statem_state(w, shape, pid, args[2]);
        break;
    case STATEM_RESULT:
        statem_outcome(w, args, &outcome);
        end(w, &outcome, pid, &unknown);
        break;
    case STATEM_TERMINATE: {
        /* Also called for a stop that the callback asked for: then the callback has ended already. */
        struct es_process *process = process_hold(&w->session->callbacks, w->env, pid, false);
        bool open = process && process->open > 0;
        process_let_go(process, pid);
        if (!open) break;
        outcome.raised = true;
        outcome.result = enif_make_tuple3(w->env, args[0], args[1], args[2]);
        end(w, &outcome, pid, &unknown);
        break;
    }
    default:
        if (!parts_of(w, shape, args, &parts)) return false;
        if (shape->kind == DIRECT && !direct_begins(w, shape, pid)) break;
        begin(w, &parts, pid);
    }
    return true;
}

void behaviour_return(struct es_writer *w, const struct es_shape *shape, ERL_NIF_TERM pid, ERL_NIF_TERM value) {
    struct outcome outcome = {.result = value};
    struct es_frame unknown = {es_atom.gen_server, shape->module, shape->function, shape->arity};
    switch (shape->kind) {
    case STATEM_CALLBACK: case STATEM_RESULT: case STATEM_TERMINATE: case STATEM_RECEIVE:
        return; /* loops: never traced for their return */
    case GE_UPDATE: case GE_CALL:
        unknown.behaviour = es_atom.gen_event;
        event_outcome(w, shape, value, &outcome);
        break;
    case DIRECT:
        if (!direct_ends(w, pid)) return;
        unknown.behaviour = shape->behaviour;
        direct_outcome(w, shape, value, &outcome);
        break;
    default:
        server_outcome(w, shape, value, &outcome);
    }
    end(w, &outcome, pid, &unknown);
}

void behaviour_exception(struct es_writer *w, const struct es_shape *shape, ERL_NIF_TERM pid, ERL_NIF_TERM class_and_reason) {
    int size;
    const ERL_NIF_TERM *t = tuple_of(w->env, class_and_reason, 2, &size);
    struct es_frame unknown = {shape->kind == DIRECT      ? shape->behaviour
                               : shape->kind >= GE_UPDATE ? es_atom.gen_event
                                                          : es_atom.gen_server,
                               shape->module, shape->function, shape->arity};
    struct outcome outcome = {0};
    if (shape->kind >= STATEM_CALLBACK && shape->kind <= STATEM_RECEIVE) return;
    if (shape->kind == DIRECT && !direct_ends(w, pid)) return;
    if (!t) return;
    /* Behaviours `catch` their callbacks: what is thrown counts as what is returned, if it is a result at all. */
    if (shape->kind == DIRECT && t[0] == es_atom.throw_) direct_outcome(w, shape, t[1], &outcome);
    if (!outcome.has_state) {
        outcome.raised = true;
        outcome.result = enif_make_tuple3(w->env, t[0], t[1], enif_make_list(w->env, 0));
    }
    end(w, &outcome, pid, &unknown);
}
