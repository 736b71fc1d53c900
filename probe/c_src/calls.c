#include "calls.h"

#include "encode.h"
#include "layout.h"

/* Opens a record of this process with `M`. False: nobody records, or the caller is no rewritten code; writer_close must not follow. */
static bool begin(struct es_writer *w, ErlNifEnv *env, enum es_kind kind, ERL_NIF_TERM function) {
    const ERL_NIF_TERM *mfa;
    int size;
    ErlNifPid self;
    if (!session_active()) return false;
    if (!enif_get_tuple(env, function, &size, &mfa) || size != 3 || !term_is_small(mfa[2]) || !enif_self(env, &self)) return false;
    if (!writer_open(w, env)) return false;
    record_begin(w, kind, 0, pid64(self.pid));
    put_atom(w, mfa[0]);
    put_atom(w, mfa[1]);
    put_u32(w, (uint32_t)term_small(mfa[2]));
    return true;
}

static void end(struct es_writer *w) {
    record_end(w);
    writer_close(w);
}

ERL_NIF_TERM calls_call(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    struct es_writer w;
    if (begin(&w, env, KIND_CALL, argv[0])) {
        put_terms(&w, argv + 1, (unsigned)argc - 1, w.session->limits.term_bytes);
        end(&w);
    }
    return es_atom.ok;
}

ERL_NIF_TERM calls_call_list(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    struct es_writer w;
    (void)argc;
    if (begin(&w, env, KIND_CALL, argv[0])) {
        put_term(&w, argv[1], w.session->limits.term_bytes);
        end(&w);
    }
    return es_atom.ok;
}

ERL_NIF_TERM calls_return(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    struct es_writer w;
    (void)argc;
    if (begin(&w, env, KIND_RETURN, argv[0])) {
        put_term(&w, argv[1], w.session->limits.term_bytes);
        end(&w);
    }
    return argv[1];
}

ERL_NIF_TERM calls_tail(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    struct es_writer w;
    (void)argc;
    if (begin(&w, env, KIND_TAIL, argv[0])) end(&w);
    return es_atom.ok;
}

ERL_NIF_TERM calls_exception(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]) {
    struct es_writer w;
    (void)argc;
    if (begin(&w, env, KIND_EXCEPTION, argv[0])) {
        put_atom(&w, argv[1]);
        put_term(&w, argv[2], w.session->limits.term_bytes);
        end(&w);
    }
    return es_atom.ok;
}
