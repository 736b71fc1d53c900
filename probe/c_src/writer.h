/* One record being written: put together where it will lie in the thread's ring, when there is surely room, or else in the thread's
 * scratch memory, and copied into the ring when it is done. */
#ifndef ES_WRITER_H
#define ES_WRITER_H

#include "session.h"

#include <string.h>

struct es_writer {
    ErlNifEnv *env;
    struct es_session *session;
    struct es_thread *thread;
    int64_t time;
    uint64_t subject;
    uint8_t *start, *at;
    enum es_gap_reason lost; /* why something that the record needs could not be written; GAP_NONE: all could */
    bool in_place;           /* in the ring */
    bool again;              /* it was, and met an atom that the recorder has not been told: no record can go before it there */
};

/* Enters the session and takes the time. False: nobody records. Otherwise writer_close must follow. */
static inline bool writer_open(struct es_writer *w, ErlNifEnv *env) {
    struct es_session *session = session_enter(&w->thread);
    if (!session) return false;
    w->env = env;
    w->session = session;
    w->time = clock_read(&w->thread->clock) + session->clock_offset;
    atomic_store_explicit(&w->thread->inside, w->time | 1, memory_order_release);
    w->start = w->at = w->thread->scratch;
    w->lost = GAP_NONE;
    w->in_place = w->again = false;
    return true;
}

static inline void writer_close(struct es_writer *w) { session_leave(w->thread); }

/* In scratch memory, whatever it will hold; ends with record_end. */
static inline void record_begin(struct es_writer *w, enum es_kind kind, uint8_t flags, uint64_t subject) {
    w->start = w->thread->scratch;
    record_header(w->start, RECORD_HEADER, (uint8_t)kind, flags, w->time, subject);
    w->at = w->start + RECORD_HEADER;
    w->lost = GAP_NONE;
    w->subject = subject;
    w->in_place = false;
}
/* Puts the record into the ring; false when it was dropped (and counted). */
bool record_end(struct es_writer *w);

/* The fast way, for a record whose payload takes `most` bytes at most, and can be made twice:
 *     do record_open(…), put…(…);
 *     while (!record_close(…)); */
static inline void record_open(struct es_writer *w, enum es_kind kind, uint8_t flags, uint64_t subject, uint32_t most) {
    uint8_t *place = w->again || atomic_load_explicit(&w->session->over_budget, memory_order_relaxed)
                         ? NULL
                         : ring_reserve(w->thread->ring, RECORD_HEADER + most + 8);
    w->in_place = place != NULL;
    w->start = place ? place : w->thread->scratch;
    w->subject = subject;
    w->lost = GAP_NONE;
    record_header(w->start, RECORD_HEADER, (uint8_t)kind, flags, w->time, subject);
    w->at = w->start + RECORD_HEADER;
}
bool record_close_slowly(struct es_writer *w);
static inline bool record_close(struct es_writer *w) {
    if (__builtin_expect(!w->in_place || w->again, 0)) return record_close_slowly(w);
    uint32_t size = (uint32_t)(w->at - w->start), whole = (size + 7) & ~7u;
    memset(w->at, 0, 8);
    memcpy(w->start, &whole, 4);
    ring_commit(w->thread->ring, whole);
    if (w->subject) busy_count(w->thread->busy, w->subject);
    return true;
}
/* What the record took, padding included. After record_end or record_close. */
static inline uint32_t record_size(const struct es_writer *w) { return ((uint32_t)(w->at - w->start) + 7) & ~7u; }

static inline void put_u32(struct es_writer *w, uint32_t value) {
    memcpy(w->at, &value, 4);
    w->at += 4;
}

static inline void put_u64(struct es_writer *w, uint64_t value) {
    memcpy(w->at, &value, 8);
    w->at += 8;
}

/* Puts any whole record, waiting for room if the session wants that. Otherwise tells why not; whoever asked counts it. */
enum es_gap_reason writer_put(struct es_writer *w, const uint8_t *record, uint32_t size);

#endif
