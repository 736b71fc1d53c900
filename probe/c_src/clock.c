#include "clock.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define BASE_NS 10000000ll        /* between the two looks that give the first speed */
#define KEEP_EVERY_NS 100000000ll
#define LOOK_MOST_NS 20000        /* a look that took longer was interrupted */
#define JUMP_NS 5000000ll

struct es_clock es_clock;

/* One moment on both clocks. */
struct look {
    int64_t ticks, ns;
};

/* Whoever starts a session, and then its drain thread; two of these only while one session ends and the next one starts. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct look last;
static struct es_rate rate;
static bool usable;

static bool counter_is_trusted(void) {
#if defined(__x86_64__)
    unsigned a, b, c, d;
    if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & 1u << 8)) return false;
    char name[32] = "";
    FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    if (!file) return false;
    bool read = fgets(name, sizeof name, file) != NULL;
    fclose(file);
    return read && strcmp(name, "tsc\n") == 0;
#elif defined(__aarch64__)
    return true; /* part of the architecture, and what the system's clock goes by */
#else
    return false;
#endif
}

/* The best of a few tries; false when each was interrupted. */
static bool look(struct look *at) {
    int64_t best = INT64_MAX;
    for (int tries = 0; tries < 5; tries++) {
        int64_t before = clock_ns(), ticks = clock_ticks(), after = clock_ns();
        if (after - before >= best) continue;
        best = after - before;
        *at = (struct look){ticks, before + best / 2};
    }
    return best <= LOOK_MOST_NS;
}

static void publish(struct es_rate new_rate) {
    rate = new_rate;
    uint32_t round = atomic_load_explicit(&es_clock.round, memory_order_relaxed);
    atomic_store_explicit(&es_clock.round, round + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&es_clock.ticks, rate.ticks, memory_order_relaxed);
    atomic_store_explicit(&es_clock.ns, rate.ns, memory_order_relaxed);
    atomic_store_explicit(&es_clock.per_tick, rate.per_tick, memory_order_relaxed);
    atomic_store_explicit(&es_clock.round, round + 2, memory_order_release);
}

void clock_refresh(struct es_clock_copy *copy) {
    uint32_t round = atomic_load_explicit(&es_clock.round, memory_order_acquire);
    if (round & 1) return; /* the copy still does */
    struct es_rate seen = {atomic_load_explicit(&es_clock.ticks, memory_order_relaxed),
                           atomic_load_explicit(&es_clock.ns, memory_order_relaxed),
                           atomic_load_explicit(&es_clock.per_tick, memory_order_relaxed)};
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&es_clock.round, memory_order_relaxed) != round) return;
    /* The counter has jumped, so the last time may lie far ahead. */
    if (copy->rate.per_tick && !seen.per_tick) copy->last = INT64_MIN;
    copy->rate = seen;
    copy->round = round;
}

/* ns in a tick, times 2^32. 0: that is no speed of a counter. */
static uint64_t speed(struct look from, struct look to) {
    if (to.ticks <= from.ticks || to.ns <= from.ns) return 0;
    __int128 per_tick = ((__int128)(to.ns - from.ns) << 32) / (to.ticks - from.ticks);
    return per_tick >= 1ll << 28 && per_tick < 1ll << 44 ? (uint64_t)per_tick : 0; /* 1 MHz to 16 GHz */
}

void clock_begin(void) {
    pthread_mutex_lock(&lock);
    usable = counter_is_trusted();
    pthread_mutex_unlock(&lock);
}

static void start(void) {
    struct look before, now;
    struct timespec pause = {0, BASE_NS};
    uint64_t per_tick = 0;
    /* Not since the library was loaded: the machine may have slept meanwhile, and one of the two clocks with it. */
    for (int tries = 0; usable && !per_tick && tries < 3; tries++)
        if (look(&before) && nanosleep(&pause, NULL) == 0 && look(&now)) per_tick = speed(before, now);
    if (!per_tick) {
        usable = false;
        publish((struct es_rate){0, 0, 0});
        return;
    }
    last = now;
    publish((struct es_rate){now.ticks, now.ns, per_tick});
}

void clock_start(void) {
    pthread_mutex_lock(&lock);
    start();
    pthread_mutex_unlock(&lock);
}

static void keep(void) {
    struct look now;
    if (!usable || clock_ns() - last.ns < KEEP_EVERY_NS || !look(&now)) return;
    int64_t shown = rate_time(&rate, now.ticks), wrong = now.ns - shown;
    uint64_t per_tick = speed(last, now);
    if (!per_tick || wrong > JUMP_NS || wrong < -JUMP_NS) {
        usable = false;
        publish((struct es_rate){0, 0, 0});
        return;
    }
    /* As fast as the counter really went, and a little more or less, so that in a tenth of a second nothing is wrong any more. At most
     * a twentieth of that: the time goes on in any case. */
    __int128 bent = (__int128)per_tick + (__int128)per_tick * wrong / KEEP_EVERY_NS;
    last = now;
    publish((struct es_rate){now.ticks, shown, (uint64_t)bent});
}

void clock_keep(void) {
    if (pthread_mutex_trylock(&lock) != 0) return;
    keep();
    pthread_mutex_unlock(&lock);
}
