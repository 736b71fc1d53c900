#include "writer.h"

#include "clock.h"

#include <string.h>
#include <time.h>

#define WAIT_STEP_NS 50000
#define WAIT_LIMIT_NS 2000000000ll

bool writer_open(struct es_writer *w, ErlNifEnv *env) {
    struct es_session *session = session_enter(&w->thread);
    if (!session) return false;
    w->env = env;
    w->session = session;
    w->time = clock_ns() + session->clock_offset;
    atomic_store_explicit(&w->thread->inside, w->time | 1, memory_order_release);
    w->start = w->at = w->thread->scratch;
    w->lost = GAP_NONE;
    return true;
}

void writer_close(struct es_writer *w) { session_leave(w->thread); }

void record_begin(struct es_writer *w, enum es_kind kind, uint8_t flags, uint64_t subject) {
    record_header(w->start, RECORD_HEADER, (uint8_t)kind, flags, w->time, subject);
    w->at = w->start + RECORD_HEADER;
    w->lost = GAP_NONE;
}

void put_u32(struct es_writer *w, uint32_t value) {
    memcpy(w->at, &value, 4);
    w->at += 4;
}

void put_u64(struct es_writer *w, uint64_t value) {
    memcpy(w->at, &value, 8);
    w->at += 8;
}

/* Sleeps while the ring is full, as long as bytes flow. No lock is held that the drain thread could need: it takes none but the
 * session's, which no writer ever holds. */
static bool wait_and_put(struct es_session *session, struct es_ring *ring, const uint8_t *record, uint32_t size) {
    uint64_t sent = atomic_load_explicit(&session->bytes_sent, memory_order_relaxed);
    int64_t since = clock_ns();
    atomic_fetch_add_explicit(&ring->waits, 1, memory_order_relaxed);
    for (;;) {
        struct timespec pause = {0, WAIT_STEP_NS};
        nanosleep(&pause, NULL);
        if (!atomic_load_explicit(&session->active, memory_order_acquire)) return false;
        if (ring_put(ring, record, size)) {
            atomic_store_explicit(&session->stalled, false, memory_order_relaxed);
            return true;
        }
        uint64_t now_sent = atomic_load_explicit(&session->bytes_sent, memory_order_relaxed);
        int64_t now = clock_ns();
        if (now_sent != sent) {
            sent = now_sent;
            since = now;
            atomic_store_explicit(&session->stalled, false, memory_order_relaxed);
        } else if (now - since > WAIT_LIMIT_NS || atomic_load_explicit(&session->stalled, memory_order_relaxed)) {
            atomic_store_explicit(&session->stalled, true, memory_order_relaxed);
            return false;
        }
    }
}

enum es_gap_reason writer_put(struct es_writer *w, const uint8_t *record, uint32_t size) {
    struct es_session *session = w->session;
    struct es_ring *ring = w->thread->ring;
    if (atomic_load_explicit(&session->over_budget, memory_order_relaxed)) return GAP_BUDGET;
    if (ring_put(ring, record, size)) return GAP_NONE;
    if (session->wait_when_full && size <= ring->bytes / 2 && wait_and_put(session, ring, record, size)) return GAP_NONE;
    return GAP_FULL;
}

bool record_end(struct es_writer *w) {
    uint32_t size = (uint32_t)(w->at - w->start);
    while (size & 7) {
        *w->at++ = 0;
        size++;
    }
    memcpy(w->start, &size, 4);
    enum es_gap_reason why = w->lost ? w->lost : writer_put(w, w->start, size);
    if (why != GAP_NONE) ring_drop(w->thread->ring, why, w->time);
    uint64_t subject;
    memcpy(&subject, w->start + 16, 8);
    if (why == GAP_NONE && subject) busy_count(w->thread->busy, subject);
    return why == GAP_NONE;
}
