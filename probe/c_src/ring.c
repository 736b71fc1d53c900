#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_HEADER 64
#define CONTROL_BYTES 128
#define GAP_BYTES 56

static void *map_file(const char *path, size_t bytes, char *why, size_t why_size) {
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        snprintf(why, why_size, "cannot create the ring file: %s", strerror(errno));
        return NULL;
    }
    /* Reserve the blocks now: writing to a mapped hole of a full disk would kill the VM with SIGBUS. */
    int failed = posix_fallocate(fd, 0, (off_t)bytes);
    void *map = failed ? MAP_FAILED : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        snprintf(why, why_size, "cannot reserve the ring file: %s", strerror(failed ? failed : errno));
        unlink(path);
    }
    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

bool rings_create(struct es_rings *rings, unsigned count, uint32_t ring_bytes, const char *path, char *why, size_t why_size) {
    memset(rings, 0, sizeof *rings);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t control = FILE_HEADER + (size_t)count * CONTROL_BYTES;
    size_t offset = (control + page - 1) / page * page;
    rings->map_bytes = offset + (size_t)count * ring_bytes;
    if (path) {
        rings->map = map_file(path, rings->map_bytes, why, why_size);
        if (!rings->map) return false;
    } else {
        rings->map = mmap(NULL, rings->map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (rings->map == MAP_FAILED) {
            rings->map = NULL;
            snprintf(why, why_size, "no memory for the rings");
            return false;
        }
    }
    rings->ring = aligned_alloc(64, count * sizeof *rings->ring);
    if (!rings->ring) {
        munmap(rings->map, rings->map_bytes);
        snprintf(why, why_size, "no memory for the rings");
        return false;
    }
    memset(rings->ring, 0, count * sizeof *rings->ring);
    rings->count = count;

    uint8_t *base = rings->map;
    uint16_t version = 1, count16 = (uint16_t)count;
    uint32_t offset32 = (uint32_t)offset;
    memcpy(base + 4, &version, 2);
    memcpy(base + 6, &count16, 2);
    memcpy(base + 8, &ring_bytes, 4);
    memcpy(base + 12, &offset32, 4);
    memcpy(base, "ESCR", 4);
    for (unsigned i = 0; i < count; i++) {
        struct es_ring *ring = &rings->ring[i];
        uint8_t *block = base + FILE_HEADER + (size_t)i * CONTROL_BYTES;
        ring->data = base + offset + (size_t)i * ring_bytes;
        ring->shown_head = (_Atomic uint64_t *)block;
        ring->shown_tail = (_Atomic uint64_t *)(block + 64);
        ring->bytes = ring_bytes;
        ring->shared = i == count - 1;
        ring->plain = !ring->shared;
        pthread_mutex_init(&ring->lock, NULL);
    }
    return true;
}

void rings_destroy(struct es_rings *rings) {
    for (unsigned i = 0; i < rings->count; i++) pthread_mutex_destroy(&rings->ring[i].lock);
    free(rings->ring);
    if (rings->map) munmap(rings->map, rings->map_bytes);
    memset(rings, 0, sizeof *rings);
}

struct es_ring *rings_claim(struct es_rings *rings) {
    unsigned index = atomic_fetch_add_explicit(&rings->claimed, 1, memory_order_relaxed);
    if (index >= rings->count - 1) {
        atomic_store_explicit(&rings->claimed, rings->count, memory_order_relaxed);
        index = rings->count - 1;
    }
    return &rings->ring[index];
}

static bool put(struct es_ring *ring, const uint8_t *record, uint32_t size) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint32_t at = (uint32_t)head & (ring->bytes - 1);
    uint32_t pad = ring->bytes - at < size ? ring->bytes - at : 0;
    if (pad) at = 0;
    /* What is left at the end must be able to hold the header of a PAD: otherwise it becomes part of this record. */
    uint32_t left = ring->bytes - at - size;
    uint32_t stretched = left < RECORD_HEADER ? size + left : size;
    uint64_t need = (uint64_t)pad + stretched;
    if (ring->bytes - (head - ring->seen_tail) < need) {
        ring->seen_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (ring->bytes - (head - ring->seen_tail) < need) return false;
    }
    if (pad) record_header(ring->data + ((uint32_t)head & (ring->bytes - 1)), pad, KIND_PAD, 0, 0, 0);
    uint8_t *to = ring->data + at;
    memcpy(to, record, size);
    if (stretched != size) {
        memset(to + size, 0, stretched - size);
        memcpy(to, &stretched, 4);
    }
    atomic_store_explicit(&ring->head, head + need, memory_order_release);
    atomic_store_explicit(ring->shown_head, head + need, memory_order_release);
    atomic_store_explicit(&ring->records, atomic_load_explicit(&ring->records, memory_order_relaxed) + 1, memory_order_relaxed);
    return true;
}

static bool put_gaps(struct es_ring *ring, int64_t time) {
    for (int reason = GAP_FULL; reason < GAP_REASONS; reason++) {
        struct es_gap *gap = &ring->gaps[reason];
        if (gap->count == 0) continue;
        uint8_t record[GAP_BYTES] = {0};
        uint32_t why = (uint32_t)reason;
        record_header(record, GAP_BYTES, KIND_GAP, 0, time, 0);
        memcpy(record + 24, &why, 4);
        memcpy(record + 28, &gap->count, 8);
        memcpy(record + 36, &gap->from, 8);
        memcpy(record + 44, &gap->to, 8);
        if (!put(ring, record, GAP_BYTES)) return false;
        gap->count = 0;
    }
    ring->plain = !ring->shared;
    return true;
}

/* After a ring was full it takes nothing until an eighth is free: one gap is easier to read over than a hundred of one event. */
static bool roomy(struct es_ring *ring) {
    ring->seen_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return ring->bytes - (atomic_load_explicit(&ring->head, memory_order_relaxed) - ring->seen_tail) >= ring->bytes / 8;
}

uint8_t *ring_reserve_anew(struct es_ring *ring, uint32_t most) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    ring->seen_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return ring->bytes - (head - ring->seen_tail) < most ? NULL : ring->data + ((uint32_t)head & (ring->bytes - 1));
}

bool ring_put(struct es_ring *ring, const uint8_t *record, uint32_t size) {
    int64_t time;
    memcpy(&time, record + 8, 8);
    if (ring->shared) pthread_mutex_lock(&ring->lock);
    bool none_lost = (ring->gaps[GAP_FULL].count | ring->gaps[GAP_BUDGET].count) == 0;
    bool done = (none_lost || (roomy(ring) && put_gaps(ring, time))) && put(ring, record, size);
    if (ring->shared) pthread_mutex_unlock(&ring->lock);
    return done;
}

void ring_drop(struct es_ring *ring, enum es_gap_reason reason, int64_t time) {
    if (ring->shared) pthread_mutex_lock(&ring->lock);
    struct es_gap *gap = &ring->gaps[reason];
    if (gap->count == 0 || time < gap->from) gap->from = time;
    if (gap->count == 0 || time > gap->to) gap->to = time;
    gap->count++;
    ring->plain = false;
    atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
    if (ring->shared) pthread_mutex_unlock(&ring->lock);
}

void ring_flush_gaps(struct es_ring *ring, int64_t time) { put_gaps(ring, time); }

uint32_t ring_peek(const struct es_ring *ring, uint64_t head, uint32_t most, const uint8_t **bytes) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint32_t at = (uint32_t)tail & (ring->bytes - 1);
    uint64_t ready = head - tail;
    *bytes = ring->data + at;
    if (ready > ring->bytes - at) ready = ring->bytes - at; /* a record never wraps */
    if (ready <= most) return (uint32_t)ready;
    uint32_t taken = 0;
    while (taken < most) {
        uint32_t size;
        memcpy(&size, ring->data + at + taken, 4);
        /* The file is mapped by others too: sizes that cannot be ours end the stretch at what is surely there. */
        if (size < RECORD_HEADER || size > ready - taken) return (uint32_t)ready;
        if (taken > 0 && taken + size > most) break;
        taken += size;
    }
    return taken;
}

void ring_sent(struct es_ring *ring, uint32_t bytes) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed) + bytes;
    atomic_store_explicit(ring->shown_tail, tail, memory_order_release);
    atomic_store_explicit(&ring->tail, tail, memory_order_release);
}
