/* One record being written: put together in the thread's scratch memory, then copied into its ring at once. */
#ifndef ES_WRITER_H
#define ES_WRITER_H

#include "session.h"

struct es_writer {
    ErlNifEnv *env;
    struct es_session *session;
    struct es_thread *thread;
    int64_t time;
    uint8_t *start, *at;
    enum es_gap_reason lost; /* why something that the record needs could not be written; GAP_NONE: all could */
};

/* Enters the session and takes the time. False: nobody records. Otherwise writer_close must follow. */
bool writer_open(struct es_writer *w, ErlNifEnv *env);
void writer_close(struct es_writer *w);

void record_begin(struct es_writer *w, enum es_kind kind, uint8_t flags, uint64_t subject);
void put_u32(struct es_writer *w, uint32_t value);
void put_u64(struct es_writer *w, uint64_t value);
/* Puts the record into the ring; false when it was dropped (and counted). */
bool record_end(struct es_writer *w);

/* Puts any whole record, waiting for room if the session wants that. Otherwise tells why not; whoever asked counts it. */
enum es_gap_reason writer_put(struct es_writer *w, const uint8_t *record, uint32_t size);

#endif
