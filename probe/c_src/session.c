#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Atomic(struct es_session *) es_current;

static _Atomic(struct es_thread *) all_threads;
ES_TLS __thread struct es_thread *es_this_thread;
bool es_fenced_from_outside;

struct es_thread *thread_create(void) {
    struct es_thread *thread = aligned_alloc(64, sizeof *thread);
    if (!thread) return NULL;
    memset(thread, 0, sizeof *thread);
    thread->clock.last = INT64_MIN;
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
    return es_this_thread = thread;
}

void thread_join_session(struct es_thread *thread, struct es_session *session) {
    thread->ring = rings_claim(&session->rings);
    thread->generation = session->generation;
}

struct es_thread *threads_first(void) { return atomic_load_explicit(&all_threads, memory_order_acquire); }

/* Of the kernel's interface, whose headers are not everywhere. */
#define MEMBARRIER_PRIVATE_EXPEDITED (1 << 3)
#define MEMBARRIER_REGISTER_PRIVATE_EXPEDITED (1 << 4)

static bool membarrier(int command) {
#ifdef SYS_membarrier
    return syscall(SYS_membarrier, command, 0, 0) == 0;
#else
    (void)command;
    return false;
#endif
}

void session_init(void) {
    es_fenced_from_outside = membarrier(MEMBARRIER_REGISTER_PRIVATE_EXPEDITED);
}

/* Whatever a thread did before it is now seen here, and what is written here is seen by whatever it does after it. */
static void fence_all_threads(void) {
    atomic_thread_fence(memory_order_seq_cst);
    if (es_fenced_from_outside) membarrier(MEMBARRIER_PRIVATE_EXPEDITED);
}

bool session_watermark(int64_t now, int64_t *watermark) {
    int64_t mark = now - CLOCK_MARGIN_NS;
    fence_all_threads();
    for (struct es_thread *t = atomic_load(&all_threads); t; t = t->next) {
        int64_t inside = atomic_load_explicit(&t->inside, memory_order_seq_cst);
        for (int tries = 0; inside == TIME_UNKNOWN && tries < 200; tries++)
            inside = atomic_load_explicit(&t->inside, memory_order_seq_cst);
        if (inside == TIME_UNKNOWN) return false;
        if (inside != 0 && inside - 1 - CLOCK_MARGIN_NS < mark) mark = inside - 1 - CLOCK_MARGIN_NS;
    }
    *watermark = mark;
    return true;
}

void session_retire(struct es_session *session) {
    atomic_store(&session->active, false);
    struct es_session *expected = session;
    atomic_compare_exchange_strong(&es_current, &expected, NULL);
    fence_all_threads();
    for (struct es_thread *t = atomic_load(&all_threads); t; t = t->next)
        while (atomic_load_explicit(&t->inside, memory_order_seq_cst) != 0) {
            struct timespec pause = {0, 20000};
            nanosleep(&pause, NULL);
        }
}

void session_release(struct es_session *session) {
    if (atomic_fetch_sub(&session->references, 1) != 1) return;
    rings_destroy(&session->rings);
    marks_destroy(&session->atoms);
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
