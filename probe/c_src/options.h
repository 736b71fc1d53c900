/* Reading the option map of elixirscope_nif:start/1. */
#ifndef ES_OPTIONS_H
#define ES_OPTIONS_H

#include "session.h"

#include <sys/socket.h>
#include <sys/un.h>

struct es_options {
    struct sockaddr_storage address;
    socklen_t address_size;
    char token[32];
    ErlNifBinary hello;
    char ring_file[4096]; /* empty: memory */
    uint32_t ring_bytes, rings;
    bool wait_when_full;
    struct es_limits limits;
    unsigned secret_words;
    char secret_word[SECRET_WORDS][SECRET_WORD_BYTES];
    ERL_NIF_TERM cookie; /* 0: none */
    ErlNifPid owner;
    uint64_t bytes_per_second;
    uint32_t silence_ms;
};

/* False with a text that names what is wrong. */
bool options_read(ErlNifEnv *env, ERL_NIF_TERM map, struct es_options *options, char *why, size_t why_size);

#endif
