#include "control.h"

#include "atoms.h"

#include <stdlib.h>
#include <string.h>

#define GIVEN_A_SECOND 32

bool control_may_come(struct es_control *control, int64_t now_ms) {
    if (now_ms - control->second >= 1000) {
        control->second = now_ms;
        control->given = 0;
    }
    return control->given < GIVEN_A_SECOND;
}

static void give(struct es_control *control, const ErlNifPid *owner) {
    ErlNifEnv *env = control->skips ? NULL : enif_alloc_env();
    if (env) {
        ERL_NIF_TERM binary;
        uint8_t *to = enif_make_new_binary(env, control->size, &binary);
        if (control->size) memcpy(to, control->bytes, control->size);
        enif_send(NULL, owner, env, enif_make_tuple3(env, es_atom.elixirscope_nif, es_atom.control, binary));
        enif_free_env(env);
    }
    control->given++;
    control_end(control);
}

void control_end(struct es_control *control) {
    free(control->bytes);
    control->bytes = NULL;
    control->within = control->skips = false;
    control->length_bytes = 0;
}

static void begin_body(struct es_control *control) {
    const uint8_t *l = control->length;
    control->size = (uint32_t)l[0] | (uint32_t)l[1] << 8 | (uint32_t)l[2] << 16 | (uint32_t)l[3] << 24;
    control->have = 0;
    if (control->size > CONTROL_BYTES_MOST)
        control_end(control);
    else if (control->size > 0)
        control->skips = !(control->bytes = malloc(control->size));
}

bool control_take(struct es_control *control, const uint8_t *bytes, size_t size, const ErlNifPid *owner) {
    bool stop = false;
    for (size_t i = 0; i < size;) {
        if (!control->within) {
            stop = stop || bytes[i] == 'S';
            control->within = bytes[i] == 'D';
            i++;
            continue;
        }
        if (control->length_bytes < 4) {
            control->length[control->length_bytes++] = bytes[i++];
            if (control->length_bytes < 4) continue;
            begin_body(control);
            if (!control->within) continue;
        }
        size_t part = control->size - control->have < size - i ? control->size - control->have : size - i;
        if (part > 0 && !control->skips) memcpy(control->bytes + control->have, bytes + i, part);
        control->have += (uint32_t)part;
        i += part;
        if (control->have == control->size) give(control, owner);
    }
    return stop;
}
