/* The drain thread: takes records out of the rings, writes frames to the recorder, listens to it, and ends the session. */
#ifndef ES_DRAIN_H
#define ES_DRAIN_H

#include "session.h"

enum frame { FRAME_HELLO = 1, FRAME_EVENTS, FRAME_WATERMARK, FRAME_NOTE, FRAME_GOODBYE, FRAME_SOURCE };
#define FRAME_TEXT_MOST (8u << 20)

/* Sends what comes before any event: the preface, token and HELLO. */
bool drain_greet(struct es_session *session, const char token[32], const void *hello, size_t size, char *why, size_t why_size);

/* Starts the thread. It holds a reference to the session and releases it when it ends. */
bool drain_start(struct es_session *session);

/* Figures of the session under way, or of the last one. */
struct es_stats {
    uint64_t records, bytes, sent, dropped, waits, fullest;
    int64_t slowest_ms;
    unsigned rings_used;
};
void stats_collect(struct es_session *session, struct es_stats *stats);
extern struct es_stats es_last_stats;

#endif
