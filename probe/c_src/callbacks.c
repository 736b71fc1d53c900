#include "callbacks.h"

#include "layout.h"

#include <string.h>
#include <sys/mman.h>

#define SLOTS (1u << 16)
#define SEARCH 16
#define HELD (1ull << 63)
#define TABLE_BYTES ((SLOTS + SEARCH) * sizeof(struct es_process))

bool callbacks_create(struct es_callbacks *callbacks) {
    void *p = mmap(NULL, TABLE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    callbacks->slots = p == MAP_FAILED ? NULL : p;
    return callbacks->slots != NULL;
}

void callbacks_destroy(struct es_callbacks *callbacks) {
    if (callbacks->slots) munmap(callbacks->slots, TABLE_BYTES);
    callbacks->slots = NULL;
}

static struct es_process *neighbours(struct es_callbacks *callbacks, ERL_NIF_TERM pid) {
    return &callbacks->slots[(pid64(pid) * 0x9e3779b97f4a7c15ull) >> 48];
}

static bool hold(struct es_process *slot, uint64_t key, ERL_NIF_TERM pid) {
    return atomic_compare_exchange_strong_explicit(&slot->key, &key, pid | HELD, memory_order_acquire, memory_order_relaxed);
}

static struct es_process *fresh(struct es_process *slot) {
    slot->open = slot->within = 0;
    slot->state_bytes = 0;
    slot->state_term = 0;
    slot->state_print[0] = slot->state_print[1] = 0;
    return slot;
}

/* Only for the worth of a slot: `open` may be read while its owner changes it. */
static bool can_be_taken(const struct es_process *slot, uint64_t key, ErlNifEnv *env) {
    ErlNifPid pid;
    if (key & HELD) return false;
    if (__atomic_load_n(&slot->open, __ATOMIC_RELAXED) == 0) return true;
    return !enif_get_local_pid(env, (ERL_NIF_TERM)key, &pid) || !enif_is_process_alive(env, &pid);
}

struct es_process *process_hold(struct es_callbacks *callbacks, ErlNifEnv *env, ERL_NIF_TERM pid, bool make) {
    struct es_process *first = neighbours(callbacks, pid);
    for (unsigned i = 0; i < SEARCH; i++)
        if (atomic_load_explicit(&first[i].key, memory_order_relaxed) == pid && hold(&first[i], pid, pid)) return &first[i];
    if (!make) return NULL;
    for (unsigned i = 0; i < SEARCH; i++)
        if (atomic_load_explicit(&first[i].key, memory_order_relaxed) == 0 && hold(&first[i], 0, pid)) return fresh(&first[i]);
    for (unsigned i = 0; i < SEARCH; i++) {
        uint64_t key = atomic_load_explicit(&first[i].key, memory_order_relaxed);
        if (can_be_taken(&first[i], key, env) && hold(&first[i], key, pid)) return fresh(&first[i]);
    }
    return NULL;
}

void process_forget(struct es_callbacks *callbacks, ERL_NIF_TERM pid) {
    struct es_process *first = neighbours(callbacks, pid);
    for (unsigned i = 0; i < SEARCH; i++) {
        uint64_t key = pid;
        if (atomic_load_explicit(&first[i].key, memory_order_relaxed) == pid)
            atomic_compare_exchange_strong_explicit(&first[i].key, &key, 0, memory_order_relaxed, memory_order_relaxed);
    }
}

static inline void fold(uint64_t *a, uint64_t *b, uint64_t word) {
    __uint128_t x = (__uint128_t)(*a ^ word) * 0x9e3779b97f4a7c15ull;
    *a = (uint64_t)x ^ (uint64_t)(x >> 64);
    __uint128_t y = (__uint128_t)(*b + word) * 0xda942042e4dd58b5ull;
    *b = (uint64_t)y ^ (uint64_t)(y >> 64);
}

/* Two lanes of multiply and fold over eight bytes at a time. Not for enemies: a collision hides one change of state. */
void fingerprint(const uint8_t *bytes, uint32_t size, uint64_t print[2]) {
    uint64_t a = 0x243f6a8885a308d3ull ^ size, b = 0x13198a2e03707344ull + size;
    uint64_t word = 0;
    for (; size >= 8; bytes += 8, size -= 8) {
        memcpy(&word, bytes, 8);
        fold(&a, &b, word);
    }
    if (size > 0) {
        word = 0;
        memcpy(&word, bytes, size);
        fold(&a, &b, word);
    }
    print[0] = a;
    print[1] = b;
}
