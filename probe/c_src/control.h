/* What the recorder says: single bytes, and `D` with a length and so many bytes, which go to the owner as they are. */
#ifndef ES_CONTROL_H
#define ES_CONTROL_H

#include <erl_nif.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_BYTES_MOST (1u << 20)

struct es_control {
    uint8_t length[4];
    unsigned length_bytes; /* of `length`, so far */
    bool within;           /* a `D` whose end has not come */
    bool skips;            /* there was no memory for its bytes */
    uint8_t *bytes;
    uint32_t size, have;
    int64_t second; /* ms: when the second began in which `given` were given */
    unsigned given;
};

/* False while the owner has been given as many in this second as it should: the rest waits in the socket. */
bool control_may_come(struct es_control *control, int64_t now_ms);
/* True: the recorder asks to stop. A `D` that is too long is passed over, and what follows is read as single bytes. */
bool control_take(struct es_control *control, const uint8_t *bytes, size_t size, const ErlNifPid *owner);
void control_end(struct es_control *control);

#endif
