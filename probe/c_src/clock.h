/* The time of records. The VM gives Erlang's monotonic time to its own threads only, but the drain thread must say up to which
 * moment it has sent everything. So both use the monotonic clock of the system, moved once, when a session starts, to where
 * Erlang's stands. The two may drift apart by what the VM corrects (1 % at most, while the system's time is being set).
 *
 * Asking the system costs more than all else that a small record takes. Where the processor has a counter that runs at the same
 * speed on all cores and never stops, and the system itself trusts it (Linux: clock source `tsc`), that counter is read instead.
 * The drain thread compares it with the system's clock ten times a second and bends it so that both meet again in a tenth of a
 * second: the time never jumps, and stays within a microsecond. A counter that turns out to have jumped (a machine that slept or
 * moved) is not used again. */
#ifndef ES_CLOCK_H
#define ES_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* What the system says. */
static inline int64_t clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t clock_ms(void) { return clock_ns() / 1000000; }

/* Two threads may read the counter in another order than their reading shows, and know of a new speed at different moments. */
#define CLOCK_MARGIN_NS 5000

/* From the counter to the time: ns + (counter - ticks) * per_tick / 2^32. per_tick 0: the counter is of no use. */
struct es_rate {
    int64_t ticks, ns;
    uint64_t per_tick;
};

/* What all threads read, and each copies when `round` has changed; odd while it is written. */
struct es_clock {
    _Atomic uint32_t round;
    _Atomic int64_t ticks, ns;
    _Atomic uint64_t per_tick;
};
extern struct es_clock es_clock;

/* A thread's copy. */
struct es_clock_copy {
    struct es_rate rate;
    uint32_t round;
    int64_t last; /* the time it read last */
};
void clock_refresh(struct es_clock_copy *copy);

static inline int64_t clock_ticks(void) {
#if defined(__x86_64__)
    return (int64_t)__rdtsc();
#elif defined(__aarch64__)
    int64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return 0;
#endif
}

static inline int64_t rate_time(const struct es_rate *rate, int64_t ticks) {
    return rate->ns + (int64_t)((__int128)(ticks - rate->ticks) * (int64_t)rate->per_tick >> 32);
}

/* The time, never earlier than the same thread has read it before. */
static inline int64_t clock_read(struct es_clock_copy *copy) {
    if (copy->round != atomic_load_explicit(&es_clock.round, memory_order_relaxed)) clock_refresh(copy);
    int64_t now = copy->rate.per_tick ? rate_time(&copy->rate, clock_ticks()) : clock_ns();
    if (now < copy->last) now = copy->last;
    return copy->last = now;
}

/* When the library is loaded: is there such a counter? */
void clock_begin(void);
/* When a session starts; takes a hundredth of a second. */
void clock_start(void);
/* Bends the time; for the drain thread, now and then. */
void clock_keep(void);

#endif
