#include "session.h"

#include <stdlib.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

_Atomic(struct es_session *) es_current;

static _Atomic(struct es_thread *) all_threads;
static __thread struct es_thread *this_thread;

static struct es_thread *thread_create(void) {
    struct es_thread *thread = calloc(1, sizeof *thread);
    if (!thread) return NULL;
    void *scratch = mmap(NULL, 2 * RECORD_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    thread->scratch = scratch == MAP_FAILED ? NULL : scratch;
    thread->counters = counters_create();
    thread->busy = calloc(1, sizeof *thread->busy);
    if (!thread->scratch || !thread->counters || !thread->busy) {
        if (thread->scratch) munmap(thread->scratch, 2 * RECORD_MAX);
        if (thread->counters) munmap(thread->counters, sizeof *thread->counters);
        free(thread->busy);
        free(thread);
        return NULL;
    }
    struct es_thread *first = atomic_load(&all_threads);
    do thread->next = first;
    while (!atomic_compare_exchange_weak(&all_threads, &first, thread));
    return this_thread = thread;
}

struct es_session *session_enter(struct es_thread **out) {
    if (!atomic_load_explicit(&es_current, memory_order_relaxed)) return NULL;
    struct es_thread *thread = this_thread;
    if (!thread && !(thread = thread_create())) return NULL;
    /* In this order, and the other side in the opposite one: say "inside", then look for the session. */
    atomic_store_explicit(&thread->inside, TIME_UNKNOWN, memory_order_seq_cst);
    struct es_session *session = atomic_load_explicit(&es_current, memory_order_seq_cst);
    if (!session || !atomic_load_explicit(&session->active, memory_order_acquire)) {
        session_leave(thread);
        return NULL;
    }
    if (thread->generation != session->generation) {
        thread->ring = rings_claim(&session->rings);
        thread->generation = session->generation;
    }
    *out = thread;
    return session;
}

struct es_thread *threads_first(void) { return atomic_load_explicit(&all_threads, memory_order_acquire); }

bool session_active(void) {
    /* A session that takes no events any more is made unreachable at once, and only a thread inside may look into one. */
    return atomic_load_explicit(&es_current, memory_order_relaxed) != NULL;
}

bool session_watermark(int64_t now, int64_t *watermark) {
    int64_t mark = now;
    atomic_thread_fence(memory_order_seq_cst);
    for (struct es_thread *t = atomic_load(&all_threads); t; t = t->next) {
        int64_t inside = atomic_load_explicit(&t->inside, memory_order_seq_cst);
        for (int tries = 0; inside == TIME_UNKNOWN && tries < 200; tries++)
            inside = atomic_load_explicit(&t->inside, memory_order_seq_cst);
        if (inside == TIME_UNKNOWN) return false;
        if (inside != 0 && inside - 1 < mark) mark = inside - 1;
    }
    *watermark = mark;
    return true;
}

void session_retire(struct es_session *session) {
    atomic_store(&session->active, false);
    struct es_session *expected = session;
    atomic_compare_exchange_strong(&es_current, &expected, NULL);
    atomic_thread_fence(memory_order_seq_cst);
    for (struct es_thread *t = atomic_load(&all_threads); t; t = t->next)
        while (atomic_load_explicit(&t->inside, memory_order_seq_cst) != 0) {
            struct timespec pause = {0, 20000};
            nanosleep(&pause, NULL);
        }
}

void session_release(struct es_session *session) {
    if (atomic_fetch_sub(&session->references, 1) != 1) return;
    rings_destroy(&session->rings);
    bitmap_destroy(&session->atoms_told);
    bitmap_destroy(&session->atoms_judged);
    bitmap_destroy(&session->atoms_secret);
    callbacks_destroy(&session->callbacks);
    shapes_destroy(atomic_load(&session->shapes));
    while (session->notes) {
        struct es_note *note = session->notes;
        session->notes = note->next;
        free(note);
    }
    if (session->socket >= 0) close(session->socket);
    free(session->goodbye);
    free(session->ring_path);
    pthread_cond_destroy(&session->finished);
    pthread_mutex_destroy(&session->lock);
    free(session);
}
