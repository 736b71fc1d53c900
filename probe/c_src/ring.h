/* Rings: where records wait for the drain thread.
 *
 *   data of one ring, ring_bytes long; positions count all bytes ever written, a position lies at position mod ring_bytes
 *
 *        tail (sent)                 head (written)
 *          v                           v
 *   |......[record][record][record][..]........[PAD]|
 *
 * One thread writes a ring (the last ring: several, one at a time, under its lock), the drain thread alone reads it. What both
 * rely on lies in ordinary memory; the control blocks in the mapped file are only copies for whoever reads the file after the VM
 * has died, so that nobody who can write to the file can lead the VM astray. */
#ifndef ES_RING_H
#define ES_RING_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RECORD_HEADER 24
#define RECORD_MAX (1u << 20)

enum es_kind {
    KIND_PAD = 0, KIND_ATOM, KIND_PROCESS, KIND_SPAWN, KIND_SPAWNED, KIND_EXIT, KIND_LINK, KIND_UNLINK, KIND_REGISTER,
    KIND_UNREGISTER, KIND_SEND, KIND_ARRIVE, KIND_CALL, KIND_RETURN, KIND_EXCEPTION, KIND_CALLBACK, KIND_CALLBACK_RETURN,
    KIND_STATE, KIND_GC, KIND_SCHEDULE, KIND_LOG, KIND_GAP, KIND_MODULE,
    KIND_TAIL, KIND_FUNCTION, KIND_POINT, KIND_LINE, KIND_VALUE, KIND_COUNT, KIND_PLAN, KIND_MEMORY
};
enum es_gap_reason { GAP_NONE, GAP_FULL = 1, GAP_BUDGET = 2, GAP_REASONS = 3 };

struct es_gap {
    uint64_t count;
    int64_t from, to; /* ns */
};

struct es_ring {
    /* The writer's. */
    _Alignas(64) _Atomic uint64_t head;
    uint64_t seen_tail; /* the tail when the writer last looked */
    uint8_t *data;
    _Atomic uint64_t *shown_head; /* in the control block */
    uint32_t bytes;               /* a power of two */
    bool shared;
    bool plain; /* not shared, and nothing was dropped that has not been noted */
    pthread_mutex_t lock; /* of a shared ring; held for a copy only, never while waiting */
    struct es_gap gaps[GAP_REASONS];
    _Atomic uint64_t records, dropped, waits;
    /* The reader's. */
    _Alignas(64) _Atomic uint64_t tail;
    _Atomic uint64_t *shown_tail;
};

struct es_rings {
    struct es_ring *ring;
    unsigned count;
    _Atomic unsigned claimed;
    void *map;
    size_t map_bytes;
};

/* Makes the rings, in a new file (which must not exist) or in memory when path is NULL. On failure returns false with a text. */
bool rings_create(struct es_rings *rings, unsigned count, uint32_t ring_bytes, const char *path, char *why, size_t why_size);
void rings_destroy(struct es_rings *rings);

/* A ring of its own for the calling thread, or the shared one. */
struct es_ring *rings_claim(struct es_rings *rings);

/* Where the next record can be put together in the ring itself: there is room for `most` bytes. NULL: it must be made elsewhere. */
uint8_t *ring_reserve_anew(struct es_ring *ring, uint32_t most);
static inline uint8_t *ring_reserve(struct es_ring *ring, uint32_t most) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint32_t at = (uint32_t)head & (ring->bytes - 1);
    /* What is left behind it must be able to hold the header of a PAD. */
    if (ring->bytes - at < most + RECORD_HEADER || !ring->plain) return NULL;
    if (__builtin_expect(ring->bytes - (head - ring->seen_tail) < most, 0)) return ring_reserve_anew(ring, most);
    return ring->data + at;
}
/* Shows the record that was made there. */
static inline void ring_commit(struct es_ring *ring, uint32_t size) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed) + size;
    atomic_store_explicit(&ring->head, head, memory_order_release);
    atomic_store_explicit(ring->shown_head, head, memory_order_release);
    atomic_store_explicit(&ring->records, atomic_load_explicit(&ring->records, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* Copies one whole record (size a multiple of 8, at least RECORD_HEADER) and shows it to the reader; a note of what had been
 * dropped goes before it. False when there is no room now. */
bool ring_put(struct es_ring *ring, const uint8_t *record, uint32_t size);

/* One record was given up. */
void ring_drop(struct es_ring *ring, enum es_gap_reason reason, int64_t time);

/* Writes the notes of what was dropped, as far as there is room. For the drain thread, when no writer is left. */
void ring_flush_gaps(struct es_ring *ring, int64_t time);

/* The next stretch to send: whole records that lie together, about `most` bytes. 0 when there are none before `head`. */
uint32_t ring_peek(const struct es_ring *ring, uint64_t head, uint32_t most, const uint8_t **bytes);
void ring_sent(struct es_ring *ring, uint32_t bytes);

/* Fills a record's header. */
static inline void record_header(uint8_t *at, uint32_t size, uint8_t kind, uint8_t flags, int64_t time, uint64_t subject) {
    uint64_t word = size | (uint64_t)kind << 32 | (uint64_t)flags << 40;
    memcpy(at, &word, 8);
    memcpy(at + 8, &time, 8);
    memcpy(at + 16, &subject, 8);
}

#endif
