/* Shapes: which traced functions are the inside of an OTP behaviour, and where in their arguments and results the callback's
 * module, message, sender and state lie. Tracing these few functions shows every callback of every process, whatever its module,
 * without touching any module of the program.
 *
 * Behaviours that are not OTP's (gen_server2, p1_server) have insides that nobody knows. For those the callbacks are traced
 * themselves, each with a shape DIRECT: five or six of them for a module, so the table grows with what it is given. */
#ifndef ES_SHAPES_H
#define ES_SHAPES_H

#include <erl_nif.h>
#include <stdbool.h>
#include <stdint.h>

enum es_shape_kind {
    SHAPE_NONE, GS_INIT, GS_CALL, GS_DISPATCH, GS_CAST, GS_INFO, GS_CONTINUE, GS_TERMINATE, STATEM_CALLBACK, STATEM_RESULT,
    STATEM_TERMINATE, STATEM_RECEIVE, GE_UPDATE, GE_CALL, DIRECT
};

struct es_shape {
    ERL_NIF_TERM module, function;
    ERL_NIF_TERM behaviour; /* of DIRECT */
    uint32_t arity;
    enum es_shape_kind kind;
    uint8_t modules;    /* element of #params{}: the list of modules (5) */
    uint8_t state_data; /* element of gen_statem's #state{}: {State, Data} (2) */
    uint8_t module_at;  /* element of gen_event's #handler{}: the module (2) */
    uint8_t state_at;   /* element of gen_event's #handler{}: the state (4) */
};

struct es_shapes {
    struct es_shapes *replaced; /* an older table, kept until the session ends because a thread may still read it */
    unsigned mask;              /* slots - 1; never more than half of them are taken */
    struct es_shape slot[];
};

/* Reads [{{M, F, Arity}, Shape | {Shape, #{…}}}], 65,536 of them at most; NULL when it is not such a list. */
struct es_shapes *shapes_read(ErlNifEnv *env, ERL_NIF_TERM list);
void shapes_destroy(struct es_shapes *shapes);

static inline unsigned shape_slot(ERL_NIF_TERM module, ERL_NIF_TERM function, uint32_t arity) {
    uint64_t key = ((uint64_t)module >> 6 << 32) ^ ((uint64_t)function >> 6 << 8) ^ arity;
    return (unsigned)(key * 0x9e3779b97f4a7c15ull >> 40);
}

static inline const struct es_shape *shape_find(const struct es_shapes *shapes, ERL_NIF_TERM module, ERL_NIF_TERM function,
                                                uint32_t arity) {
    if (!shapes) return NULL;
    for (unsigned i = shape_slot(module, function, arity);; i++) {
        const struct es_shape *shape = &shapes->slot[i & shapes->mask];
        if (shape->kind == SHAPE_NONE) return NULL;
        if (shape->function == function && shape->module == module && shape->arity == arity) return shape;
    }
}

#endif
