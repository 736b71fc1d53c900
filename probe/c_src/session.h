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
    uint64_t generation;
    int64_t clock_offset; /* Erlang's monotonic time minus the system's, in ns, when the session began */
    struct es_rings rings;
    struct es_limits limits;
    bool wait_when_full;
    _Atomic bool active;      /* events are taken */
    _Atomic bool over_budget; /* this second's bytes are spent */
    _Atomic bool stalled;     /* a writer waited in vain: nobody waits until bytes flow again */
    _Atomic uint64_t bytes_sent;
    _Atomic uint64_t fullest;   /* most bytes that were seen waiting in one ring */
    _Atomic int64_t slowest_ms; /* longest time from one look at the rings to the next */
    uint64_t bytes_per_second;
    uint32_t silence_ms;

    struct es_bitmap atoms_told;
    ERL_NIF_TERM cookie; /* the atom that never leaves the node; 0: none */
    struct es_bitmap atoms_judged, atoms_secret;
    unsigned secret_words;
    char secret_word[SECRET_WORDS][SECRET_WORD_BYTES];

    _Atomic(struct es_shapes *) shapes;
    struct es_callbacks callbacks;

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

struct es_thread {
    /* 0: outside; TIME_UNKNOWN: inside; otherwise the time of the record being written, with its lowest bit set. */
    _Atomic int64_t inside;
    struct es_thread *next;
    struct es_ring *ring;
    uint64_t generation;
    uint8_t *scratch; /* 2 * RECORD_MAX bytes */
    struct es_counters *counters;
    struct es_busy *busy;
};
#define TIME_UNKNOWN 2

extern _Atomic(struct es_session *) es_current;

/* Enters the current session: NULL when there is none or it takes no events. After a session was returned, leave() must follow. */
struct es_session *session_enter(struct es_thread **thread);
static inline void session_leave(struct es_thread *thread) { atomic_store_explicit(&thread->inside, 0, memory_order_release); }

/* All threads that ever wrote. */
struct es_thread *threads_first(void);

/* Is somebody recording? Cheap; may be wrong a moment later. */
bool session_active(void);

/* The time before which no record can still turn up; false while that is not known. */
bool session_watermark(int64_t now, int64_t *watermark);

/* Makes the session unreachable and waits until no thread is inside. For the drain thread. */
void session_retire(struct es_session *session);
void session_release(struct es_session *session);

#endif
