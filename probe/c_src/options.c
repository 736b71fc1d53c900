#include "options.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define RINGS_MOST 256
#define RING_BYTES_LEAST (64u << 10)
#define RING_BYTES_MOST (1u << 30)

static bool has(ErlNifEnv *env, ERL_NIF_TERM map, ERL_NIF_TERM key, ERL_NIF_TERM *value) {
    return enif_get_map_value(env, map, key, value);
}

static bool number(ErlNifEnv *env, ERL_NIF_TERM map, ERL_NIF_TERM key, uint64_t least, uint64_t most, uint64_t otherwise,
                   uint64_t *value) {
    ERL_NIF_TERM t;
    ErlNifUInt64 n;
    *value = otherwise;
    if (!has(env, map, key, &t)) return true;
    if (!enif_get_uint64(env, t, &n)) return false;
    *value = n < least ? least : n > most ? most : n;
    return true;
}

static bool unix_address(const ErlNifBinary *path, struct es_options *o) {
    struct sockaddr_un *un = (struct sockaddr_un *)&o->address;
    if (path->size == 0 || path->size >= sizeof un->sun_path || memchr(path->data, 0, path->size)) return false;
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path->data, path->size);
    o->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path->size + 1);
    return true;
}

static bool tcp_address(ErlNifEnv *env, ERL_NIF_TERM ip, ERL_NIF_TERM port_term, struct es_options *o) {
    const ERL_NIF_TERM *part;
    int size;
    unsigned port, n;
    if (!enif_get_tuple(env, ip, &size, &part) || !enif_get_uint(env, port_term, &port) || port > 65535) return false;
    if (size == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)&o->address;
        uint8_t *to = (uint8_t *)&in->sin_addr;
        in->sin_family = AF_INET;
        in->sin_port = htons((uint16_t)port);
        for (int i = 0; i < 4; i++) {
            if (!enif_get_uint(env, part[i], &n) || n > 255) return false;
            to[i] = (uint8_t)n;
        }
        o->address_size = sizeof *in;
        return true;
    }
    if (size == 8) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&o->address;
        uint8_t *to = in6->sin6_addr.s6_addr;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons((uint16_t)port);
        for (int i = 0; i < 8; i++) {
            if (!enif_get_uint(env, part[i], &n) || n > 65535) return false;
            to[2 * i] = (uint8_t)(n >> 8);
            to[2 * i + 1] = (uint8_t)n;
        }
        o->address_size = sizeof *in6;
        return true;
    }
    return false;
}

static bool address(ErlNifEnv *env, ERL_NIF_TERM map, struct es_options *o) {
    ERL_NIF_TERM t;
    const ERL_NIF_TERM *part;
    int size;
    ErlNifBinary path;
    if (!has(env, map, es_atom.address, &t) || !enif_get_tuple(env, t, &size, &part)) return false;
    if (size == 2 && part[0] == es_atom.unix_) return enif_inspect_binary(env, part[1], &path) && unix_address(&path, o);
    if (size == 3 && part[0] == es_atom.tcp) return tcp_address(env, part[1], part[2], o);
    return false;
}

static bool ring_file(ErlNifEnv *env, ERL_NIF_TERM map, struct es_options *o) {
    ERL_NIF_TERM t;
    ErlNifBinary path;
    if (!has(env, map, es_atom.ring_file, &t) || t == es_atom.undefined) return true;
    if (!enif_inspect_binary(env, t, &path) || path.size == 0 || path.size >= sizeof o->ring_file) return false;
    if (memchr(path.data, 0, path.size)) return false;
    memcpy(o->ring_file, path.data, path.size);
    return true;
}

static bool secrets(ErlNifEnv *env, ERL_NIF_TERM map, struct es_options *o) {
    ERL_NIF_TERM list, head;
    ErlNifBinary word;
    if (!has(env, map, es_atom.redact, &list)) return true;
    while (enif_get_list_cell(env, list, &head, &list)) {
        if (!enif_inspect_binary(env, head, &word) || word.size == 0 || word.size >= SECRET_WORD_BYTES) return false;
        if (o->secret_words == SECRET_WORDS || memchr(word.data, 0, word.size)) return false;
        memcpy(o->secret_word[o->secret_words++], word.data, word.size);
    }
    return enif_is_empty_list(env, list);
}

static bool limits(ErlNifEnv *env, ERL_NIF_TERM map, struct es_options *o) {
    ERL_NIF_TERM t;
    uint64_t depth, length, binary, term, state, call, pairs;
    if (!has(env, map, es_atom.limits, &t)) t = enif_make_new_map(env);
    if (!enif_is_map(env, t)) return false;
    /* A record holds at most four terms and a state. It must fit into an eighth of its ring, so that one never waits for a whole
     * ring to empty, and into the scratch memory. */
    uint64_t most = o->ring_bytes / 8 < RECORD_MAX ? o->ring_bytes / 8 : RECORD_MAX;
    if (!number(env, t, es_atom.depth, 1, 64, 12, &depth) || !number(env, t, es_atom.length, 1, 16000, 100, &length) ||
        !number(env, t, es_atom.binary, 0, most / 8, 512, &binary) ||
        !number(env, t, es_atom.term_bytes, 64, most / 8, 2048, &term) ||
        !number(env, t, es_atom.state_bytes, 64, most / 4, 8192, &state) ||
        !number(env, t, es_atom.call_bytes, 64, most / 8, term < 1024 ? term : 1024, &call) ||
        !number(env, t, es_atom.call_pairs, 1, 16000, 16, &pairs))
        return false;
    o->limits = (struct es_limits){(uint32_t)depth, (uint32_t)length, (uint32_t)binary, (uint32_t)term, (uint32_t)state,
                                   (uint32_t)call,  (uint32_t)pairs};
    return true;
}

bool options_read(ErlNifEnv *env, ERL_NIF_TERM map, struct es_options *o, char *why, size_t why_size) {
    ERL_NIF_TERM t;
    ErlNifBinary token;
    uint64_t n, rings;
    memset(o, 0, sizeof *o);
#define NEED(condition, text)                        \
    if (!(condition)) {                              \
        snprintf(why, why_size, "bad option " text); \
        return false;                                \
    }
    NEED(enif_is_map(env, map), "map")
    NEED(address(env, map, o), "address")
    NEED(has(env, map, es_atom.token, &t) && enif_inspect_binary(env, t, &token) && token.size == 32, "token")
    memcpy(o->token, token.data, 32);
    NEED(has(env, map, es_atom.hello, &t) && enif_inspect_binary(env, t, &o->hello) && o->hello.size < 1u << 20, "hello")
    NEED(ring_file(env, map, o), "ring_file")
    NEED(number(env, map, es_atom.ring_bytes, RING_BYTES_LEAST, RING_BYTES_MOST, 4u << 20, &n), "ring_bytes")
    for (o->ring_bytes = RING_BYTES_LEAST; o->ring_bytes < n;) o->ring_bytes *= 2;
    NEED(number(env, map, es_atom.rings, 2, RINGS_MOST, 4, &rings), "rings")
    o->rings = (uint32_t)rings;
    o->wait_when_full = has(env, map, es_atom.on_full, &t) && t == es_atom.wait;
    NEED(limits(env, map, o), "limits")
    NEED(secrets(env, map, o), "redact")
    /* What a node has that is not alive is no secret. */
    NEED(!has(env, map, es_atom.cookie, &t) || enif_is_atom(env, t), "cookie")
    if (has(env, map, es_atom.cookie, &t) && t != es_atom.nocookie && t != es_atom.undefined) o->cookie = t;
    NEED(has(env, map, es_atom.owner, &t) && enif_get_local_pid(env, t, &o->owner), "owner")
    NEED(number(env, map, es_atom.bytes_per_second, 0, UINT64_MAX, 0, &o->bytes_per_second), "bytes_per_second")
    NEED(number(env, map, es_atom.silence_ms, 0, 1u << 30, 0, &n), "silence_ms")
    o->silence_ms = (uint32_t)n;
#undef NEED
    return true;
}
