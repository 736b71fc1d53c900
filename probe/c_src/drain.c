#include "drain.h"

#include "clock.h"
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define STRETCH_BYTES (256u << 10)
#define FLUSH_MS 2000
#define LINGER_MS 500
#define GOODBYE_PATIENCE_MS 3000
#define SLEEP_MOST_MS 10
#define WATERMARK_EVERY_MS 100
#define WATERMARK_AFTER_RECORDS_MS 4 /* each one makes the kernel interrupt all threads that run (session.c) */

enum end { END_NOT_YET, END_STOPPED, END_GONE, END_SILENT };

struct drain {
    struct es_session *session;
    int64_t heard;       /* ms: when something was last read */
    int64_t stop_seen;   /* ms: when the recorder asked to stop; 0 */
    int64_t deadline;    /* ms: after it nothing is sent any more; 0 while none */
    int64_t second;      /* ms: the budget's second began */
    uint64_t at_second;  /* bytes written when it began */
    int64_t marked_at;   /* ms */
    int64_t mark;
    bool unmarked; /* records were sent since */
    bool told_owner;
    struct es_control control;
    struct es_clock_copy clock;
};

struct es_stats es_last_stats;

static void pack_header(uint8_t *h, uint8_t type, uint16_t ring, uint32_t length) {
    h[0] = type;
    h[1] = 0;
    memcpy(h + 2, &ring, 2);
    memcpy(h + 4, &length, 4);
}

/* As records have it. */
static int64_t drain_time(struct drain *d) { return clock_read(&d->clock) + d->session->clock_offset; }

static void tell_owner(struct drain *d, ERL_NIF_TERM why) {
    if (d->told_owner) return;
    d->told_owner = true;
    ErlNifEnv *env = enif_alloc_env();
    if (!env) return;
    enif_send(NULL, &d->session->owner, env, enif_make_tuple3(env, es_atom.elixirscope_nif, es_atom.closed, why));
    enif_free_env(env);
}

/* Reads what the recorder says. */
static enum end hear(struct drain *d) {
    struct es_session *session = d->session;
    uint8_t bytes[4096];
    /* Whoever talks without end must not keep the events from being sent. */
    for (int reads = 0; reads < 16 && control_may_come(&d->control, clock_ms()); reads++) {
        ssize_t n = recv(session->socket, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n == 0) return END_GONE;
        if (n < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK) return END_GONE;
            break;
        }
        d->heard = clock_ms();
        if (control_take(&d->control, bytes, (size_t)n, &session->owner) && !d->stop_seen) {
            d->stop_seen = d->heard;
            tell_owner(d, es_atom.stop_requested);
        }
    }
    if (session->silence_ms && clock_ms() - d->heard > session->silence_ms) return END_SILENT;
    return END_NOT_YET;
}

static void keep_budget(struct drain *d) {
    struct es_session *session = d->session;
    if (!session->bytes_per_second) return;
    uint64_t written = 0;
    for (unsigned i = 0; i < session->rings.count; i++)
        written += atomic_load_explicit(&session->rings.ring[i].head, memory_order_relaxed);
    int64_t now = clock_ms();
    if (now - d->second >= 1000) {
        d->second = now;
        d->at_second = written;
    }
    atomic_store_explicit(&session->over_budget, written - d->at_second >= session->bytes_per_second, memory_order_relaxed);
}

/* Sends all of the pieces, however long it takes, unless the recorder goes away, falls silent, or the deadline passes. */
static enum end send_all(struct drain *d, struct iovec *pieces, int count) {
    struct es_session *session = d->session;
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
    while (message.msg_iovlen > 0) {
        ssize_t n = sendmsg(session->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS) return END_GONE;
            struct pollfd wanted = {session->socket, POLLOUT | POLLIN, 0};
            enum end end = hear(d);
            if (end != END_NOT_YET) return end;
            if (d->deadline && clock_ms() >= d->deadline) return END_GONE;
            poll(&wanted, 1, 20);
            keep_budget(d);
            pthread_mutex_lock(&session->lock);
            if (session->stop == STOP_ASKED && !d->deadline) d->deadline = clock_ms() + FLUSH_MS;
            pthread_mutex_unlock(&session->lock);
            continue;
        }
        atomic_fetch_add_explicit(&session->bytes_sent, (uint64_t)n, memory_order_relaxed);
        while (n > 0 && message.msg_iovlen > 0) {
            size_t part = message.msg_iov->iov_len < (size_t)n ? message.msg_iov->iov_len : (size_t)n;
            message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + part;
            message.msg_iov->iov_len -= part;
            n -= (ssize_t)part;
            if (message.msg_iov->iov_len == 0) message.msg_iov++, message.msg_iovlen--;
        }
        while (message.msg_iovlen > 0 && message.msg_iov->iov_len == 0) message.msg_iov++, message.msg_iovlen--;
    }
    return END_NOT_YET;
}

static enum end send_frame(struct drain *d, uint8_t type, const void *body, size_t size) {
    uint8_t header[8];
    pack_header(header, type, 0, (uint32_t)size);
    struct iovec pieces[2] = {{header, sizeof header}, {(void *)(uintptr_t)body, size}};
    return send_all(d, pieces, 2);
}

static enum end send_notes(struct drain *d) {
    struct es_session *session = d->session;
    for (;;) {
        pthread_mutex_lock(&session->lock);
        struct es_note *note = session->notes;
        if (note) {
            session->notes = note->next;
            session->notes_bytes -= note->size;
            if (!session->notes) session->last_note = &session->notes;
        }
        pthread_mutex_unlock(&session->lock);
        if (!note) return END_NOT_YET;
        enum end end = send_frame(d, note->type, note->text, note->size);
        free(note);
        if (end != END_NOT_YET) return end;
    }
}

/* Sends one ring up to `head`. */
static enum end send_ring(struct drain *d, unsigned index, uint64_t head, bool *moved) {
    struct es_ring *ring = &d->session->rings.ring[index];
    uint64_t waiting = head - atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (waiting > atomic_load_explicit(&d->session->fullest, memory_order_relaxed))
        atomic_store_explicit(&d->session->fullest, waiting, memory_order_relaxed);
    const uint8_t *bytes;
    uint32_t size;
    while ((size = ring_peek(ring, head, STRETCH_BYTES, &bytes)) > 0) {
        uint8_t header[16];
        uint64_t position = atomic_load_explicit(&ring->tail, memory_order_relaxed);
        pack_header(header, FRAME_EVENTS, (uint16_t)index, 8 + size);
        memcpy(header + 8, &position, 8);
        struct iovec pieces[2] = {{header, sizeof header}, {(void *)(uintptr_t)bytes, size}};
        enum end end = send_all(d, pieces, 2);
        if (end != END_NOT_YET) return end;
        ring_sent(ring, size);
        *moved = true;
    }
    return END_NOT_YET;
}

static bool any_waiting(struct es_session *session) {
    for (unsigned i = 0; i < session->rings.count; i++) {
        struct es_ring *ring = &session->rings.ring[i];
        if (atomic_load_explicit(&ring->head, memory_order_relaxed) != atomic_load_explicit(&ring->tail, memory_order_relaxed)) return true;
    }
    return false;
}

/* One round over all rings. The mark is taken before the heads are: what is earlier than the mark lies before the heads. */
static enum end send_round(struct drain *d, bool *moved) {
    struct es_session *session = d->session;
    uint64_t heads[64];
    unsigned count = session->rings.count;
    int64_t mark = d->mark;
    bool due = clock_ms() - d->marked_at >= (d->unmarked || any_waiting(session) ? WATERMARK_AFTER_RECORDS_MS : WATERMARK_EVERY_MS);
    bool known = due && session_watermark(drain_time(d), &mark);
    for (unsigned i = 0; i < count; i++)
        if (i < 64) heads[i] = atomic_load_explicit(&session->rings.ring[i].head, memory_order_acquire);
    for (unsigned i = 0; i < count; i++) {
        uint64_t head = i < 64 ? heads[i] : atomic_load_explicit(&session->rings.ring[i].head, memory_order_acquire);
        enum end end = send_ring(d, i, head, moved);
        if (end != END_NOT_YET) return end;
    }
    d->unmarked = d->unmarked || *moved;
    if (known && mark > d->mark) {
        d->mark = mark;
        d->marked_at = clock_ms();
        d->unmarked = false;
        return send_frame(d, FRAME_WATERMARK, &mark, sizeof mark);
    }
    return END_NOT_YET;
}

static bool stop_asked(struct es_session *session) {
    pthread_mutex_lock(&session->lock);
    bool asked = session->stop == STOP_ASKED;
    pthread_mutex_unlock(&session->lock);
    return asked;
}

static enum end serve(struct drain *d) {
    int sleep_ms = 1;
    int64_t looked = clock_ms();
    for (;;) {
        bool moved = false;
        int64_t since = clock_ms() - looked;
        looked += since;
        if (since > atomic_load_explicit(&d->session->slowest_ms, memory_order_relaxed))
            atomic_store_explicit(&d->session->slowest_ms, since, memory_order_relaxed);
        enum end end = hear(d);
        if (end == END_NOT_YET) end = send_notes(d);
        if (end == END_NOT_YET) end = send_round(d, &moved);
        if (end != END_NOT_YET) return end;
        keep_budget(d);
        clock_keep();
        if (stop_asked(d->session)) return END_STOPPED;
        /* Whoever should have said stop/1 after the recorder's S is gone or stuck. */
        if (d->stop_seen && clock_ms() - d->stop_seen > GOODBYE_PATIENCE_MS) return END_STOPPED;
        if (moved)
            sleep_ms = 1;
        else if (sleep_ms < SLEEP_MOST_MS)
            sleep_ms++;
        struct pollfd wanted = {d->session->socket, POLLIN, 0};
        poll(&wanted, 1, sleep_ms);
    }
}

/* A socket that is closed while something lies unread in it takes what was sent back from the other end: read until that has closed too. */
static void linger(struct drain *d) {
    char bytes[4096];
    int64_t until = clock_ms() + LINGER_MS;
    for (int64_t left = LINGER_MS; left > 0; left = until - clock_ms()) {
        struct pollfd wanted = {d->session->socket, POLLIN, 0};
        if (poll(&wanted, 1, (int)left) < 0 && errno != EINTR) return;
        ssize_t n = recv(d->session->socket, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) return;
    }
}

/* A clean end: nobody writes any more, everything that was written is sent, then GOODBYE. */
static void say_goodbye(struct drain *d) {
    static const char stopped[] = "{\"reason\":\"stopped\",\"dropped\":0,\"bytes\":0}";
    struct es_session *session = d->session;
    bool moved = false;
    if (!d->deadline) d->deadline = clock_ms() + FLUSH_MS;
    for (unsigned i = 0; i < session->rings.count; i++) ring_flush_gaps(&session->rings.ring[i], drain_time(d));
    if (send_round(d, &moved) != END_NOT_YET) return;
    for (unsigned i = 0; i < session->rings.count; i++) ring_flush_gaps(&session->rings.ring[i], drain_time(d));
    if (send_round(d, &moved) != END_NOT_YET || send_notes(d) != END_NOT_YET) return;
    pthread_mutex_lock(&session->lock);
    const char *text = session->goodbye ? session->goodbye : stopped;
    size_t size = session->goodbye ? session->goodbye_size : sizeof stopped - 1;
    pthread_mutex_unlock(&session->lock);
    if (send_frame(d, FRAME_GOODBYE, text, size) != END_NOT_YET) return;
    shutdown(session->socket, SHUT_WR);
    linger(d);
    if (session->ring_path) unlink(session->ring_path); /* it holds nothing that was not sent */
}

void stats_collect(struct es_session *session, struct es_stats *stats) {
    memset(stats, 0, sizeof *stats);
    stats->fullest = atomic_load_explicit(&session->fullest, memory_order_relaxed);
    stats->slowest_ms = atomic_load_explicit(&session->slowest_ms, memory_order_relaxed);
    stats->sent = atomic_load_explicit(&session->bytes_sent, memory_order_relaxed);
    for (unsigned i = 0; i < session->rings.count; i++) {
        struct es_ring *ring = &session->rings.ring[i];
        uint64_t records = atomic_load_explicit(&ring->records, memory_order_relaxed);
        stats->records += records;
        stats->bytes += atomic_load_explicit(&ring->head, memory_order_relaxed);
        stats->dropped += atomic_load_explicit(&ring->dropped, memory_order_relaxed);
        stats->waits += atomic_load_explicit(&ring->waits, memory_order_relaxed);
        stats->rings_used += records > 0;
    }
}

static void *drain_main(void *argument) {
    struct es_session *session = argument;
    struct drain d = {.session = session, .heard = clock_ms(), .mark = INT64_MIN};
    enum end end = serve(&d);
    session_retire(session);
    if (end == END_STOPPED) say_goodbye(&d);
    if (end == END_GONE) tell_owner(&d, es_atom.recorder_gone);
    if (end == END_SILENT) tell_owner(&d, es_atom.recorder_silent);
    control_end(&d.control);
    stats_collect(session, &es_last_stats);
    pthread_mutex_lock(&session->lock);
    close(session->socket);
    session->socket = -1;
    session->done = true;
    pthread_cond_broadcast(&session->finished);
    pthread_mutex_unlock(&session->lock);
    session_release(session);
    return NULL;
}

bool drain_greet(struct es_session *session, const char token[32], const void *hello, size_t size, char *why, size_t why_size) {
    struct drain d = {.session = session, .heard = clock_ms(), .deadline = clock_ms() + 5000};
    uint8_t preface[48] = "ESCW\x01\0\0";
    memcpy(preface + 8, token, 32);
    pack_header(preface + 40, FRAME_HELLO, 0, (uint32_t)size);
    struct iovec pieces[2] = {{preface, sizeof preface}, {(void *)(uintptr_t)hello, size}};
    d.told_owner = true;
    if (send_all(&d, pieces, 2) == END_NOT_YET) return true;
    snprintf(why, why_size, "the recorder hung up");
    return false;
}

bool drain_start(struct es_session *session) {
    /* The VM's signal handling belongs to its own threads. */
    sigset_t all, before;
    pthread_t thread;
    pthread_attr_t attributes;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    bool started = pthread_create(&thread, &attributes, drain_main, session) == 0;
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}
