#include "shapes.h"

#include "atoms.h"

#include <stdlib.h>

static enum es_shape_kind kind_of(ERL_NIF_TERM name) {
#define KIND(atom, kind) \
    if (name == es_atom.atom) return kind;
    KIND(gs_init, GS_INIT)
    KIND(gs_call, GS_CALL)
    KIND(gs_dispatch, GS_DISPATCH)
    KIND(gs_cast, GS_CAST)
    KIND(gs_info, GS_INFO)
    KIND(gs_continue, GS_CONTINUE)
    KIND(gs_terminate, GS_TERMINATE)
    KIND(statem_callback, STATEM_CALLBACK)
    KIND(statem_result, STATEM_RESULT)
    KIND(statem_terminate, STATEM_TERMINATE)
    KIND(statem_receive, STATEM_RECEIVE)
    KIND(ge_update, GE_UPDATE)
    KIND(ge_call, GE_CALL)
    KIND(direct, DIRECT)
#undef KIND
    return SHAPE_NONE;
}

/* The arguments each shape looks at must exist. */
static unsigned least_arity(enum es_shape_kind kind) {
    switch (kind) {
    case DIRECT: return 1;
    case GS_INIT: case GE_CALL: return 2;
    case GS_CAST: case GS_INFO: case GS_CONTINUE: case GS_TERMINATE: case STATEM_RECEIVE: case GE_UPDATE: return 3;
    case GS_CALL: case GS_DISPATCH: return 4;
    case STATEM_TERMINATE: return 7;
    case STATEM_CALLBACK: case STATEM_RESULT: return 11;
    default: return 0;
    }
}

static void position(ErlNifEnv *env, ERL_NIF_TERM options, ERL_NIF_TERM key, uint8_t *at) {
    ERL_NIF_TERM value;
    unsigned n;
    if (enif_get_map_value(env, options, key, &value) && enif_get_uint(env, value, &n) && n >= 1 && n <= 255) *at = (uint8_t)n;
}

static bool read_one(ErlNifEnv *env, ERL_NIF_TERM term, struct es_shape *shape) {
    const ERL_NIF_TERM *pair, *mfa, *with;
    int arity;
    ERL_NIF_TERM name, behaviour;
    *shape = (struct es_shape){.modules = 5, .state_data = 2, .module_at = 2, .state_at = 4};
    if (!enif_get_tuple(env, term, &arity, &pair) || arity != 2) return false;
    if (!enif_get_tuple(env, pair[0], &arity, &mfa) || arity != 3) return false;
    if (!enif_is_atom(env, mfa[0]) || !enif_is_atom(env, mfa[1]) || !enif_get_uint(env, mfa[2], &shape->arity)) return false;
    name = pair[1];
    if (enif_get_tuple(env, pair[1], &arity, &with)) {
        if (arity != 2 || !enif_is_map(env, with[1])) return false;
        name = with[0];
        position(env, with[1], es_atom.modules, &shape->modules);
        position(env, with[1], es_atom.state_data, &shape->state_data);
        position(env, with[1], es_atom.module, &shape->module_at);
        position(env, with[1], es_atom.state, &shape->state_at);
        if (enif_get_map_value(env, with[1], es_atom.behaviour, &behaviour) && enif_is_atom(env, behaviour))
            shape->behaviour = behaviour;
    }
    shape->module = mfa[0];
    shape->function = mfa[1];
    shape->kind = kind_of(name);
    if (shape->kind == DIRECT && !shape->behaviour) return false;
    return shape->kind != SHAPE_NONE && shape->arity >= least_arity(shape->kind) && shape->arity <= 255;
}

#define MOST_SHAPES 65536u
#define LEAST_SLOTS 64u

struct es_shapes *shapes_read(ErlNifEnv *env, ERL_NIF_TERM list) {
    ERL_NIF_TERM head;
    unsigned count, slots = LEAST_SLOTS;
    if (!enif_get_list_length(env, list, &count) || count > MOST_SHAPES) return NULL;
    while (slots < count * 2) slots *= 2;
    struct es_shapes *shapes = calloc(1, sizeof *shapes + slots * sizeof shapes->slot[0]);
    if (!shapes) return NULL;
    shapes->mask = slots - 1;
    while (enif_get_list_cell(env, list, &head, &list)) {
        struct es_shape shape;
        if (!read_one(env, head, &shape)) {
            free(shapes);
            return NULL;
        }
        unsigned i = shape_slot(shape.module, shape.function, shape.arity);
        while (shapes->slot[i & shapes->mask].kind != SHAPE_NONE) i++;
        shapes->slot[i & shapes->mask] = shape;
    }
    return shapes;
}

void shapes_destroy(struct es_shapes *shapes) {
    while (shapes) {
        struct es_shapes *next = shapes->replaced;
        free(shapes);
        shapes = next;
    }
}
