#include "layout.h"

#include <stdio.h>
#include <string.h>

struct es_layout es_layout;

unsigned ref_words(ERL_NIF_TERM t, uint32_t words[5]) {
    if (!es_layout.refs || !term_is_boxed(t)) return 0;
    const uint64_t *w = term_words(t);
    /* Header, then a mark that tells an ordinary reference from one that holds a resource, then three numbers. One with a pid
     * inside (an alias) has one word more, which OTP 26 and later count as two numbers of it. */
    if (HEADER_KIND(w[0]) != 0x10 || (uint32_t)w[1] != 0xffffffffu) return 0;
    words[0] = (uint32_t)(w[1] >> 32);
    words[1] = (uint32_t)w[2];
    words[2] = (uint32_t)(w[2] >> 32);
    if (w[0] >> 6 == 3 && es_layout.pids == PIDS_TABLE) {
        words[3] = (uint32_t)w[3];
        words[4] = (uint32_t)(w[3] >> 32);
        return 5;
    }
    return 3;
}

bool big_of(ERL_NIF_TERM t, struct es_big *out) {
    if (!es_layout.bigs || !term_is_boxed(t)) return false;
    const uint64_t *w = term_words(t);
    uint64_t kind = HEADER_KIND(w[0]);
    if (kind != 0x08 && kind != 0x0c) return false;
    out->negative = kind == 0x0c;
    out->magnitude = (const uint8_t *)(w + 1);
    size_t bytes = (size_t)(w[0] >> 6) * 8;
    while (bytes > 0 && out->magnitude[bytes - 1] == 0) bytes--;
    out->bytes = bytes;
    return true;
}


/* Never through enif_inspect_binary: for a binary that grows by appending it would make the next append copy all of it. */
static bool whole_sub_bin(ERL_NIF_TERM t, const uint8_t **bytes, uint64_t *size) {
    if (!term_is_boxed(t)) return false;
    const uint64_t *w = term_words(t);
    *size = w[1];
    switch (HEADER_KIND(w[0])) {
    case 0x20: /* off the heap: header, bytes, next, object, data, flags */
        *bytes = (const uint8_t *)w[4];
        return true;
    case 0x24: /* on the heap: header, bytes, data */
        *bytes = (const uint8_t *)(w + 2);
        return true;
    default:
        return false;
    }
}

static bool bits_sub_bin(ERL_NIF_TERM t, struct es_bits *out) {
    const uint64_t *w = term_words(t);
    const uint8_t *bytes;
    uint64_t size;
    if (HEADER_KIND(w[0]) != 0x28) {
        if (!whole_sub_bin(t, &bytes, &size)) return false;
        *out = (struct es_bits){bytes, 0, size * 8};
        return true;
    }
    /* A part: header, bytes, first byte, {bits over, first bit, …}, the other. */
    if (!whole_sub_bin(w[4], &bytes, &size)) return false;
    *out = (struct es_bits){bytes + w[2], (unsigned)((w[3] >> 8) & 0xff), w[1] * 8 + (w[3] & 0xff)};
    return out->shift < 8 && w[2] + (out->shift + out->count + 7) / 8 <= size;
}

static bool bits_sub_bits(ERL_NIF_TERM t, struct es_bits *out) {
    const uint64_t *w = term_words(t);
    if (HEADER_KIND(w[0]) == 0x20) { /* on the heap: header, bits, data */
        *out = (struct es_bits){(const uint8_t *)(w + 2), 0, w[1]};
        return true;
    }
    /* A part: header, data and flags, first bit, end, the other. */
    if (HEADER_KIND(w[0]) != 0x24 || w[3] < w[2] || !term_is_boxed(w[4])) return false;
    const uint64_t *other = term_words(w[4]);
    const uint8_t *base = (const uint8_t *)(w[1] & ~(uint64_t)3);
    if (HEADER_KIND(other[0]) == 0x20) {
        base = (const uint8_t *)(other + 2);
    } else if (w[1] & 3) {
        /* It grows by appending: data may have moved since, and must be found through the object it lies in. */
        if (es_layout.data_offset == 0) return false;
        base = (const uint8_t *)other[1] + es_layout.data_offset;
    }
    *out = (struct es_bits){base + w[2] / 8, (unsigned)(w[2] & 7), w[3] - w[2]};
    return true;
}

bool bits_of(ERL_NIF_TERM t, struct es_bits *out) {
    if (!term_is_boxed(t)) return false;
    switch (es_layout.bits) {
    case BITS_SUB_BIN:
        return bits_sub_bin(t, out);
    case BITS_SUB_BITS:
        return bits_sub_bits(t, out);
    default:
        return false;
    }
}

/* --- the check ------------------------------------------------------------------------------------------------------------- */

static bool get_list_of_words(ErlNifEnv *env, ERL_NIF_TERM list, ErlNifUInt64 *words, unsigned max, unsigned *count) {
    ERL_NIF_TERM head;
    *count = 0;
    while (enif_get_list_cell(env, list, &head, &list)) {
        if (*count == max || !enif_get_uint64(env, head, &words[*count])) return false;
        (*count)++;
    }
    return enif_is_empty_list(env, list);
}

static bool pid_agrees(ERL_NIF_TERM t, const ErlNifUInt64 *want) {
    return term_is_local_pid(t) && pid_number(t) == want[0] && pid_serial(t) == want[1];
}

static bool ref_agrees(ERL_NIF_TERM t, const ErlNifUInt64 *want, unsigned count) {
    uint32_t words[5];
    unsigned n = ref_words(t, words);
    if (n != count) return false;
    for (unsigned i = 0; i < n; i++)
        if (words[i] != want[i]) return false;
    return true;
}

static bool big_agrees(ERL_NIF_TERM t, const ErlNifUInt64 *want, unsigned count) {
    struct es_big big;
    if (!big_of(t, &big) || big.negative != (want[0] == 1) || big.bytes != count - 1) return false;
    for (size_t i = 0; i < big.bytes; i++)
        if (big.magnitude[i] != want[i + 1]) return false;
    return true;
}

static bool bits_agree(ERL_NIF_TERM t, const ErlNifUInt64 *want, unsigned count) {
    struct es_bits bits;
    if (!bits_of(t, &bits) || bits.count != count) return false;
    for (uint64_t i = 0; i < bits.count; i++) {
        uint64_t at = bits.shift + i;
        if (((bits.bytes[at / 8] >> (7 - at % 8)) & 1) != want[i]) return false;
    }
    return true;
}

static bool check_pids(ErlNifEnv *env, ERL_NIF_TERM samples) {
    ERL_NIF_TERM head;
    const ERL_NIF_TERM *pair;
    int arity;
    ErlNifUInt64 want[2];
    unsigned count, seen = 0;
    while (enif_get_list_cell(env, samples, &head, &samples)) {
        if (!enif_get_tuple(env, head, &arity, &pair) || arity != 2) return false;
        if (!enif_is_pid(env, pair[0])) continue;
        if (!get_list_of_words(env, pair[1], want, 2, &count) || count != 2 || !pid_agrees(pair[0], want)) return false;
        seen++;
    }
    return seen > 0;
}

/* Where the data lies in the object of a binary off the heap (OTP 27 and later), seen at one that does not grow. */
static void find_data_offset(ERL_NIF_TERM t) {
    const uint64_t *w = term_words(t);
    if (HEADER_KIND(w[0]) != 0x24 || (w[1] & 3) || !term_is_boxed(w[4])) return;
    const uint64_t *other = term_words(w[4]);
    if (HEADER_KIND(other[0]) == 0x20) return;
    uint64_t offset = w[1] - other[1];
    if (offset > 0 && offset <= 128) es_layout.data_offset = (unsigned)offset;
}

static bool cell_agrees(ErlNifEnv *env, ERL_NIF_TERM list) {
    ERL_NIF_TERM head, tail;
    return term_is_cons(list) && enif_get_list_cell(env, list, &head, &tail) && term_cell(list)[0] == head &&
           term_cell(list)[1] == tail;
}

static bool tuple_agrees(ErlNifEnv *env, ERL_NIF_TERM t) {
    const ERL_NIF_TERM *elements;
    int arity;
    return enif_get_tuple(env, t, &arity, &elements) && term_is_boxed(t) && term_is_tuple(t) && (int)term_arity(t) == arity &&
           (arity == 0 || term_elements(t) == elements);
}

/* Every sample map of up to 32 keys must begin with the same word and have the VM's keys and values in the VM's order. */
static bool flatmap_agrees(ErlNifEnv *env, ERL_NIF_TERM t, size_t size) {
    ErlNifMapIterator it;
    ERL_NIF_TERM key, value;
    const uint64_t *w = term_words(t);
    if (es_layout.flatmap && es_layout.flatmap != w[0]) return false;
    es_layout.flatmap = w[0];
    if (w[1] != size || !term_is_boxed(w[2]) || !tuple_agrees(env, w[2]) || term_arity(w[2]) != size) return false;
    if (!enif_map_iterator_create(env, t, &it, ERL_NIF_MAP_ITERATOR_FIRST)) return false;
    bool agrees = true;
    for (size_t i = 0; i < size; i++, enif_map_iterator_next(env, &it))
        agrees = agrees && enif_map_iterator_get_pair(env, &it, &key, &value) && term_elements(w[2])[i] == key && w[3 + i] == value;
    enif_map_iterator_destroy(env, &it);
    return agrees;
}

/* Maps of more keys must begin with another word. */
static bool hashmap_differs(ERL_NIF_TERM t) { return *term_words(t) != es_layout.flatmap; }

/* And each of the VM's pairs must be found on a walk, once. */
static bool hashmap_agrees(ErlNifEnv *env, ERL_NIF_TERM t, size_t size) {
    const uint64_t *w = term_words(t);
    struct es_hash_walk walk;
    const ERL_NIF_TERM *pair;
    ERL_NIF_TERM value;
    size_t found = 0;
    if (HEADER_KIND(w[0]) != HEADER_KIND(es_layout.flatmap) || !(w[0] & 1 << 7) || w[1] != size) return false;
    for (hash_walk_begin(&walk, t); (pair = hash_walk_next(&walk)); found++)
        if (found == size || !enif_get_map_value(env, t, pair[0], &value) || value != pair[1]) return false;
    return found == size;
}

/* The kind in the first word of a boxed term tells its type, wherever that was seen. */
static bool learn_type(ERL_NIF_TERM t, ErlNifTermType type) {
    if (!term_is_boxed(t)) return true;
    uint8_t *known = &es_layout.type[HEADER_KIND(*term_words(t)) >> 2];
    if (*known && *known != type) return false;
    *known = (uint8_t)type;
    return true;
}

bool layout_check(ErlNifEnv *env, ERL_NIF_TERM samples, unsigned otp, unsigned process_limit) {
    if (sizeof(ERL_NIF_TERM) != 8) return false;
    es_layout = (struct es_layout){.refs = true, .bigs = true};
    while ((1u << es_layout.pid_table_bits) < process_limit && es_layout.pid_table_bits < 28) es_layout.pid_table_bits++;
    if (es_layout.pid_table_bits < 3) return false;
    es_layout.pids = PIDS_15_13;
    if (!check_pids(env, samples)) {
        es_layout.pids = PIDS_TABLE;
        if (!check_pids(env, samples)) return false;
    }
    /* These follow pointers, so the layout is not found by trial but taken from the release, and only then compared. */
    if (otp >= 25 && otp <= 26) es_layout.bits = BITS_SUB_BIN;
    if (otp >= 27 && otp <= 28) es_layout.bits = BITS_SUB_BITS;
    es_layout.hashmaps = otp >= 25 && otp <= 28;

    ERL_NIF_TERM list = samples, head;
    const ERL_NIF_TERM *pair;
    int arity;
    ErlNifUInt64 want[2048];
    unsigned count;
    bool maps = true;
    for (; cell_agrees(env, list); list = term_cell(list)[1]) {
        head = term_cell(list)[0];
        if (!tuple_agrees(env, head) || !enif_get_tuple(env, head, &arity, &pair) || arity != 2) return false;
        if (!get_list_of_words(env, pair[1], want, 2048, &count)) return false;
        ERL_NIF_TERM t = pair[0];
        ErlNifSInt64 integer;
        size_t size;
        ErlNifTermType type = enif_term_type(env, t);
        if (!learn_type(t, type)) return false;
        switch (type) {
        case ERL_NIF_TERM_TYPE_TUPLE:
            if (!tuple_agrees(env, t)) return false;
            break;
        case ERL_NIF_TERM_TYPE_MAP:
            if (!maps || !enif_get_map_size(env, t, &size)) break;
            maps = size <= 32 ? flatmap_agrees(env, t, size) : hashmap_differs(t);
            if (maps && size > 32) es_layout.hashmaps = es_layout.hashmaps && hashmap_agrees(env, t, size);
            break;
        case ERL_NIF_TERM_TYPE_ATOM:
            if (!term_is_atom(t) || t >> 6 >= 1u << 26 || term_is_nil(t)) return false;
            break;
        case ERL_NIF_TERM_TYPE_LIST:
            if (enif_is_empty_list(env, t) != term_is_nil(t) || enif_is_empty_list(env, t) == term_is_cons(t)) return false;
            if (term_is_cons(t) && !cell_agrees(env, t)) return false;
            break;
        case ERL_NIF_TERM_TYPE_INTEGER:
            if (enif_get_int64(env, t, &integer)) {
                bool small = integer >= -(1ll << 59) && integer < 1ll << 59;
                if (small != term_is_small(t) || (small && term_small(t) != integer)) return false;
            }
            if (!term_is_small(t) && !big_agrees(t, want, count)) es_layout.bigs = false;
            break;
        case ERL_NIF_TERM_TYPE_PORT:
            if (!term_is_local_port(t)) return false;
            break;
        case ERL_NIF_TERM_TYPE_REFERENCE:
            if (!ref_agrees(t, want, count)) es_layout.refs = false;
            break;
        case ERL_NIF_TERM_TYPE_BITSTRING:
            if (es_layout.bits == BITS_SUB_BITS && es_layout.data_offset == 0) find_data_offset(t);
            if (!bits_agree(t, want, count)) es_layout.bits = BITS_UNKNOWN;
            break;
        default:
            break;
        }
    }
    if (!maps) es_layout.flatmap = 0;
    es_layout.hashmaps = es_layout.hashmaps && es_layout.flatmap;
    return term_is_nil(list);
}
