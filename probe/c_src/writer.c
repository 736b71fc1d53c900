#include "writer.h"

#include "clock.h"

#include <string.h>
#include <time.h>

#define WAIT_STEP_NS 50000
#define WAIT_LIMIT_NS 2000000000ll

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
    if (why == GAP_NONE && w->subject) busy_count(w->thread->busy, w->subject);
    return why == GAP_NONE;
}

bool record_close_slowly(struct es_writer *w) {
    if (w->in_place) return false; /* an atom must be told first: again, from the beginning */
    record_end(w);
    w->again = false;
    return true;
}
