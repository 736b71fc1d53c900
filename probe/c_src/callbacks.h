/* What is remembered of each process between the call and the return of a callback: which callbacks are open, and a fingerprint
 * of the state that was written last, so that the same state is not written twice.
 *
 * A fixed table in lazily touched memory, found by the pid. A pid lies in one of SEARCH neighbouring slots; its slot is freed when
 * the process exits, or taken over when another process needs it and it is dead or has no callback open. A process forgotten this
 * way costs one state written again, or a return that names the behaviour's function. Slots are held (one bit in the key)
 * only for the moment of a record, by the one thread that runs the process, or by one that takes the slot over. */
#ifndef ES_CALLBACKS_H
#define ES_CALLBACKS_H

#include <erl_nif.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CALLBACK_DEPTH 4

struct es_frame {
    ERL_NIF_TERM behaviour, module, function;
    uint32_t arity;
};

struct es_process {
    _Atomic uint64_t key; /* the pid's term; 0 free; highest bit: held */
    uint32_t open;        /* callbacks begun and not ended; those over CALLBACK_DEPTH are only counted */
    uint32_t within;      /* functions with a shape DIRECT that one of those called, and that have not returned */
    uint32_t state_bytes;
    uint64_t state_print[2];
    ERL_NIF_TERM state_term; /* the word of the state that was written last; 0: do not go by it */
    struct es_frame frame[CALLBACK_DEPTH];
};

struct es_callbacks {
    struct es_process *slots;
};

bool callbacks_create(struct es_callbacks *callbacks);
void callbacks_destroy(struct es_callbacks *callbacks);

/* The slot of a process, held until process_let_go. With `make`, takes one if it has none. NULL: none, or none to be had. */
struct es_process *process_hold(struct es_callbacks *callbacks, ErlNifEnv *env, ERL_NIF_TERM pid, bool make);
static inline void process_let_go(struct es_process *process, ERL_NIF_TERM pid) {
    if (process) atomic_store_explicit(&process->key, pid, memory_order_release);
}
void process_forget(struct es_callbacks *callbacks, ERL_NIF_TERM pid);

void fingerprint(const uint8_t *bytes, uint32_t size, uint64_t print[2]);

#endif
