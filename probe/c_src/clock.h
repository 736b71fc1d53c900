/* The time of records. The VM gives Erlang's monotonic time to its own threads only, but the drain thread must say up to which
 * moment it has sent everything. So both use the monotonic clock of the system, moved once, when a session starts, to where
 * Erlang's stands. The two may drift apart by what the VM corrects (1 % at most, while the system's time is being set). */
#ifndef ES_CLOCK_H
#define ES_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t clock_ms(void) { return clock_ns() / 1000000; }

#endif
