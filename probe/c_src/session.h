/* A session: one recorder connected, from start/1 to its end; and the threads that write into it.
 *
 * Trace callbacks run on every thread of the VM at any moment, also while a session ends. So each thread has a slot, made at its
 * first event and never freed, where it says that it is inside; a session is freed only after it was made unreachable and every
 * slot was seen outside since. The same word tells the drain thread up to which moment nothing can still turn up (WATERMARK). */
#ifndef ES_SESSION_H
#define ES_SESSION_H

#include "atoms.h"
#include "busy.h"
#include "callbacks.h"
#include "clock.h"
#include "ring.h"
#include "shapes.h"
#include "sites.h"

#include <erl_nif.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SECRET_WORDS 64
#define SECRET_WORD_BYTES 64

struct es_limits {
    uint32_t depth, length, binary, term_bytes, state_bytes;
    uint32_t call_bytes; /* of the terms of what happens most: calls, values, lines */
    uint32_t call_pairs; /* kept there of a map of more than 32 keys, which come in no order anyway */
};

/* A frame of text that waits to be sent. */
struct es_note {
    struct es_note *next;
    size_t size;
    uint8_t type;
    char text[];
};
#define NOTES_BYTES_MOST (64u << 20)

enum es_stop { STOP_NO, STOP_ASKED };

struct es_session {
    /* What every record reads and next to nothing changes. */
    uint64_t generation;
    int64_t clock_offset; /* Erlang's monotonic time minus the system's, in ns, when the session began */
    struct es_marks atoms;
    ERL_NIF_TERM cookie; /* the atom that never leaves the node; 0: none */
    struct es_limits limits;
    bool wait_when_full;
    _Atomic bool active;      /* events are taken */
    _Atomic bool over_budget; /* this second's bytes are spent */
    unsigned secret_words;
    _Atomic(struct es_shapes *) shapes;
    struct es_callbacks callbacks;
    char secret_word[SECRET_WORDS][SECRET_WORD_BYTES];

    _Alignas(64) struct es_rings rings;
    _Atomic bool stalled; /* a writer waited in vain: nobody waits until bytes flow again */
    _Atomic uint64_t bytes_sent;
    _Atomic uint64_t fullest;   /* most bytes that were seen waiting in one ring */
    _Atomic int64_t slowest_ms; /* longest time from one look at the rings to the next */
    uint64_t bytes_per_second;
    uint32_t silence_ms;

    int socket;
    ErlNifPid owner;
    char *ring_path;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t finished;
    bool done;
    enum es_stop stop;
    char *goodbye;
    size_t goodbye_size;
    struct es_note *notes, **last_note;
    size_t notes_bytes;
    _Atomic int references; /* the drain thread, and whoever waits for it */
};

#define TIME_UNKNOWN 2
struct es_thread {
    /* 0: outside; TIME_UNKNOWN: inside; otherwise the time of the record being written, with its lowest bit set. */
    _Alignas(64) _Atomic int64_t inside;
    struct es_ring *ring;
    uint64_t generation;
    uint8_t *scratch; /* 2 * RECORD_MAX bytes */
    struct es_counters *counters;
    struct es_busy *busy;
    struct es_thread *next;
    _Alignas(64) struct es_clock_copy clock;
};

extern _Atomic(struct es_session *) es_current;

/* On a libc where a library that is loaded late can have it, the thread's own pointer is one load away. */
#if defined(__GLIBC__)
#define ES_TLS __attribute__((tls_model("initial-exec")))
#else
#define ES_TLS
#endif
extern ES_TLS __thread struct es_thread *es_this_thread;

/* The kernel can make every thread of the process pass a barrier (membarrier): then those that write need none themselves. */
extern bool es_fenced_from_outside;

struct es_thread *thread_create(void);
void thread_join_session(struct es_thread *thread, struct es_session *session);

/* Enters the current session: NULL when there is none. After a session was returned, leave() must follow. */
static inline struct es_session *session_enter(struct es_thread **out) {
    if (!atomic_load_explicit(&es_current, memory_order_relaxed)) return NULL;
    struct es_thread *thread = es_this_thread;
    if (__builtin_expect(!thread, 0) && !(thread = thread_create())) return NULL;
    /* In this order, and the other side in the opposite one: say "inside", then look for the session. */
    if (__builtin_expect(es_fenced_from_outside, 1)) {
        atomic_store_explicit(&thread->inside, TIME_UNKNOWN, memory_order_relaxed);
        atomic_signal_fence(memory_order_seq_cst);
    } else {
        atomic_store_explicit(&thread->inside, TIME_UNKNOWN, memory_order_seq_cst);
    }
    struct es_session *session = atomic_load_explicit(&es_current, memory_order_seq_cst);
    if (__builtin_expect(!session, 0)) {
        atomic_store_explicit(&thread->inside, 0, memory_order_release);
        return NULL;
    }
    if (__builtin_expect(thread->generation != session->generation, 0)) thread_join_session(thread, session);
    *out = thread;
    return session;
}
static inline void session_leave(struct es_thread *thread) { atomic_store_explicit(&thread->inside, 0, memory_order_release); }

/* All threads that ever wrote. */
struct es_thread *threads_first(void);

/* Is somebody recording? Cheap; may be wrong a moment later. */
static inline bool session_active(void) {
    /* A session that takes no events any more is made unreachable at once, and only a thread inside may look into one. */
    return atomic_load_explicit(&es_current, memory_order_relaxed) != NULL;
}

/* To be called when the library is loaded. */
void session_init(void);

/* The time before which no record can still turn up; false while that is not known. */
bool session_watermark(int64_t now, int64_t *watermark);

/* Makes the session unreachable and waits until no thread is inside. For the drain thread. */
void session_retire(struct es_session *session);
void session_release(struct es_session *session);

#endif
