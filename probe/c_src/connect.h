/* Reaching the recorder, and moving bytes within a time. */
#ifndef ES_CONNECT_H
#define ES_CONNECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* A connected, non-blocking socket, or -1 with a text. */
int connect_within(const struct sockaddr *address, socklen_t size, int milliseconds, char *why, size_t why_size);

#endif
