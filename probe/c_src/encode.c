#include "encode.h"

#include "layout.h"
#include "secrets.h"

#include <stdio.h>
#include <string.h>

enum {
    MARK_NIL = 0x80, MARK_INT64, MARK_BIG, MARK_FLOAT, MARK_ATOM, MARK_PID, MARK_FAR_PID, MARK_PORT, MARK_FAR_PORT, MARK_REF,
    MARK_FAR_REF, MARK_BINARY, MARK_BITS, MARK_TUPLE, MARK_LIST, MARK_LIST_END, MARK_LIST_TAIL, MARK_LIST_CUT, MARK_MAP,
    MARK_FUN, MARK_FAR_FUN, MARK_CUT_BYTES, MARK_CUT_DEPTH, MARK_SECRET, MARK_STATE, MARK_TEXT
};

struct encoder {
    struct es_writer *w;
    ErlNifEnv *env;
    const struct es_limits *limits;
    uint32_t pairs; /* to keep of a map of more than 32 keys */
    uint8_t *p, *end; /* nothing is written past end, except the few bytes that containers set aside */
};

static bool encode(struct encoder *e, ERL_NIF_TERM t, unsigned depth);

/* Kinds of terms stay functions of their own: made into one, the dispatch would pay for the frame of the greediest of them. */
#define NOINLINE __attribute__((noinline))

/* No small term takes more: checked once, then written without looking. */
#define SMALL_MOST 11

/* --- pieces ------------------------------------------------------------------------------------------------------------------ */

static inline bool room(const struct encoder *e, size_t bytes) { return e->end - e->p >= (ptrdiff_t)bytes; }

static inline uint8_t *varint(uint8_t *p, uint64_t value) {
    while (value >= 0x80) {
        *p++ = (uint8_t)value | 0x80;
        value >>= 7;
    }
    *p++ = (uint8_t)value;
    return p;
}

static unsigned varint_bytes(uint64_t value) {
    unsigned n = 1;
    while (value >>= 7) n++;
    return n;
}

/* A container's `kept` turned out smaller than announced: write it anew and close up if it became shorter. */
static void amend(struct encoder *e, uint8_t *at, uint64_t announced, uint64_t kept) {
    unsigned was = varint_bytes(announced), is = varint_bytes(kept);
    varint(at, kept);
    if (is != was) {
        memmove(at + is, at + was, (size_t)(e->p - (at + was)));
        e->p -= was - is;
    }
}

static bool secret(struct encoder *e) {
    if (!room(e, 1)) return false;
    *e->p++ = MARK_SECRET;
    return true;
}

/* Texts are rare (funs, ports, anything odd): printed by the VM, which stops at the given number of elements. */
static NOINLINE bool printed(struct encoder *e, uint8_t mark, ERL_NIF_TERM t) {
    char text[320];
    int n = enif_snprintf(text, sizeof text, "%.64T", t);
    if (n < 0) n = 0;
    if ((size_t)n >= sizeof text) n = sizeof text - 1;
    if (!room(e, 3 + (size_t)n)) return false;
    *e->p++ = mark;
    e->p = varint(e->p, (uint64_t)n);
    memcpy(e->p, text, (size_t)n);
    e->p += n;
    return true;
}

/* --- atoms ------------------------------------------------------------------------------------------------------------------- */

#define ATOM_TEXT_MAX 1024

/* The text of an atom as UTF-8. NIF version 2.16 gives only Latin-1; for others the external format has it. */
size_t atom_text(ErlNifEnv *env, ERL_NIF_TERM atom, char *text) {
    char latin[256];
    int n = enif_get_atom(env, atom, latin, sizeof latin, ERL_NIF_LATIN1);
    size_t size = 0;
    if (n > 0) {
        for (int i = 0; i < n - 1; i++) {
            uint8_t c = (uint8_t)latin[i];
            if (c >= 0x80) {
                text[size++] = (char)(0xc0 | c >> 6);
                c = 0x80 | (c & 0x3f);
            }
            text[size++] = (char)c;
        }
        return size;
    }
    ErlNifBinary external;
    if (!enif_term_to_binary(env, atom, &external)) return 0;
    const uint8_t *b = external.data;
    size_t skip = 0;
    if (external.size > 3 && b[1] == 119) skip = 3, size = b[2];
    if (external.size > 4 && b[1] == 118) skip = 4, size = (size_t)b[2] << 8 | b[3];
    if (skip == 0 || skip + size > external.size || size > ATOM_TEXT_MAX) size = 0;
    if (size) memcpy(text, b + skip, size);
    enif_release_binary(&external);
    return size;
}

static NOINLINE uint32_t tell_new_atom(struct es_writer *w, ERL_NIF_TERM atom, uint32_t index) {
    if (index >= w->session->atoms.limit) {
        w->lost = GAP_FULL;
        return 0;
    }
    uint8_t record[RECORD_HEADER + 8 + ATOM_TEXT_MAX] = {0};
    uint16_t size = (uint16_t)atom_text(w->env, atom, (char *)record + RECORD_HEADER + 6);
    memcpy(record + RECORD_HEADER, &index, 4);
    memcpy(record + RECORD_HEADER + 4, &size, 2);
    uint32_t whole = (RECORD_HEADER + 6 + (uint32_t)size + 7) & ~7u;
    record_header(record, whole, KIND_ATOM, 0, w->time, 0);
    enum es_gap_reason why = writer_put(w, record, whole);
    if (why == GAP_NONE)
        marks_add(&w->session->atoms, index, ATOM_TOLD);
    else
        w->lost = why; /* the record that needs it is dropped, and counted, in its place */
    return index;
}

/* The recorder must know an atom's text before a record uses its index. Told twice by two threads at once does no harm. The node's
 * cookie is never told: where an atom has to stand, another one does. */
static inline uint32_t tell_atom(struct es_writer *w, ERL_NIF_TERM atom) {
    if (atom == w->session->cookie) atom = es_atom.redacted;
    uint32_t index = term_atom_index(atom);
    if (marks_of(&w->session->atoms, index) & ATOM_TOLD) return index;
    if (w->in_place) {
        w->again = true;
        return 0;
    }
    return tell_new_atom(w, atom, index);
}

static bool encode_atom(struct encoder *e, ERL_NIF_TERM t) {
    if (!room(e, 6)) return false;
    if (t == e->w->session->cookie || t == es_atom.in_place_of_secret) return secret(e);
    *e->p++ = MARK_ATOM;
    e->p = varint(e->p, tell_atom(e->w, t));
    return true;
}

/* --- identifiers ------------------------------------------------------------------------------------------------------------- */

static uint32_t big_endian(const uint8_t *b) { return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]; }

/* An atom in the external format: its term and how many bytes it took (0: not understood). */
static size_t external_atom(ErlNifEnv *env, const uint8_t *b, size_t size, ERL_NIF_TERM *atom) {
    size_t skip, length;
    if (size < 3) return 0;
    switch (b[0]) {
    case 119: case 115: skip = 2, length = b[1]; break;
    case 118: case 100: skip = 3, length = (size_t)b[1] << 8 | b[2]; break;
    default: return 0;
    }
    uint8_t whole[ATOM_TEXT_MAX + 8];
    if (skip + length > size || length > ATOM_TEXT_MAX) return 0;
    whole[0] = 131;
    memcpy(whole + 1, b, skip + length);
    /* The atom exists: it was just written from a living term. */
    return enif_binary_to_term(env, whole, 1 + skip + length, atom, 0) ? skip + length : 0;
}

/* Pids, ports and references of other nodes, and external funs: rare and small, so their parts are taken from the external
 * format. */
static NOINLINE bool encode_external(struct encoder *e, ERL_NIF_TERM t) {
    ErlNifBinary x;
    ERL_NIF_TERM node, function;
    if (!enif_term_to_binary(e->env, t, &x)) return printed(e, MARK_TEXT, t);
    const uint8_t *b = x.data + 1, *stop = x.data + x.size;
    uint8_t tag = *b++;
    unsigned words = 0;
    if (tag == 90 && stop - b >= 2) words = (unsigned)b[0] << 8 | b[1], b += 2;
    size_t n = external_atom(e->env, b, (size_t)(stop - b), &node);
    bool fits = room(e, 64), known = n > 0 && fits;
    if (known) {
        b += n;
        size_t left = (size_t)(stop - b);
        uint8_t *p = e->p;
        if (tag == 88 && left >= 12) { /* pid: number, serial, creation */
            *p++ = MARK_FAR_PID;
            p = varint(p, tell_atom(e->w, node));
            p = varint(p, big_endian(b));
            p = varint(p, big_endian(b + 4));
            p = varint(p, big_endian(b + 8));
        } else if ((tag == 89 && left >= 8) || (tag == 120 && left >= 12)) { /* port: number, creation */
            uint64_t number = tag == 89 ? big_endian(b) : (uint64_t)big_endian(b) << 32 | big_endian(b + 4);
            *p++ = MARK_FAR_PORT;
            p = varint(p, tell_atom(e->w, node));
            p = varint(p, number);
            p = varint(p, big_endian(b + (tag == 89 ? 4 : 8)));
        } else if (tag == 90 && words >= 1 && words <= 5 && left >= 4 + 4 * words) { /* reference: creation, words */
            *p++ = MARK_FAR_REF;
            p = varint(p, tell_atom(e->w, node));
            p = varint(p, big_endian(b));
            *p++ = (uint8_t)words;
            for (unsigned i = 0; i < words; i++) {
                uint32_t word = big_endian(b + 4 + 4 * i);
                memcpy(p, &word, 4);
                p += 4;
            }
        } else if (tag == 113 && (n = external_atom(e->env, b, left, &function)) > 0 && left >= n + 2 && b[n] == 97) {
            *p++ = MARK_FAR_FUN;
            p = varint(p, tell_atom(e->w, node));
            p = varint(p, tell_atom(e->w, function));
            p = varint(p, b[n + 1]);
        }
        known = p != e->p;
        e->p = p;
    }
    enif_release_binary(&x);
    return known || (fits && printed(e, MARK_TEXT, t));
}

/* `#Ref<0.c.b.a>`: the numbers after the first, the last one first. */
static NOINLINE bool encode_printed_ref(struct encoder *e, ERL_NIF_TERM t) {
    char text[96];
    uint32_t words[5];
    unsigned n = 0;
    enif_snprintf(text, sizeof text, "%T", t);
    const char *c = strstr(text, "<0.");
    if (!c) return encode_external(e, t);
    for (c += 2; *c == '.' && n < 5; n++) {
        uint64_t value = 0;
        for (c++; *c >= '0' && *c <= '9'; c++) value = value * 10 + (uint64_t)(*c - '0');
        words[n] = (uint32_t)value;
    }
    if (!room(e, 2 + 4 * n)) return false;
    *e->p++ = MARK_REF;
    *e->p++ = (uint8_t)n;
    while (n-- > 0) {
        memcpy(e->p, &words[n], 4);
        e->p += 4;
    }
    return true;
}

static NOINLINE bool encode_ref(struct encoder *e, ERL_NIF_TERM t) {
    uint32_t words[5];
    unsigned n = ref_words(t, words);
    if (n == 0) return encode_printed_ref(e, t);
    if (!room(e, 2 + 4 * n)) return false;
    *e->p++ = MARK_REF;
    *e->p++ = (uint8_t)n;
    memcpy(e->p, words, 4 * n);
    e->p += 4 * n;
    return true;
}

static bool encode_local_pid(struct encoder *e, ERL_NIF_TERM t) {
    if (!room(e, 11)) return false;
    *e->p++ = MARK_PID;
    e->p = varint(e->p, pid_number(t));
    e->p = varint(e->p, pid_serial(t));
    return true;
}

static NOINLINE bool encode_local_port(struct encoder *e, ERL_NIF_TERM t) {
    char text[64];
    unsigned long long number;
    if (!room(e, 11)) return false;
    enif_snprintf(text, sizeof text, "%T", t);
    if (sscanf(text, "#Port<0.%llu>", &number) != 1) return printed(e, MARK_TEXT, t);
    *e->p++ = MARK_PORT;
    e->p = varint(e->p, number);
    return true;
}

static NOINLINE bool encode_fun(struct encoder *e, ERL_NIF_TERM t) {
    char text[8];
    /* A local fun prints as #Fun<…>, an external one as fun m:f/a. The external format of a local one holds its whole
     * environment, of any size; that of an external one only names. */
    enif_snprintf(text, sizeof text, "%T", t);
    return text[0] == '#' ? printed(e, MARK_FUN, t) : encode_external(e, t);
}

/* --- numbers and bits -------------------------------------------------------------------------------------------------------- */

static inline uint8_t *int64(uint8_t *p, int64_t n) {
    if ((uint64_t)n < 0x80) {
        *p++ = (uint8_t)n;
        return p;
    }
    *p++ = MARK_INT64;
    return varint(p, (uint64_t)n << 1 ^ (uint64_t)(n >> 63));
}

static bool encode_int64(struct encoder *e, int64_t n) {
    if (!room(e, SMALL_MOST)) return false;
    e->p = int64(e->p, n);
    return true;
}

static NOINLINE bool encode_big(struct encoder *e, ERL_NIF_TERM t) {
    ErlNifSInt64 n;
    struct es_big big;
    if (enif_get_int64(e->env, t, &n)) return encode_int64(e, n);
    if (!big_of(t, &big)) {
        static const char text[] = "large integer";
        if (!room(e, 2 + sizeof text)) return false;
        *e->p++ = MARK_TEXT;
        *e->p++ = sizeof text - 1;
        memcpy(e->p, text, sizeof text - 1);
        e->p += sizeof text - 1;
        return true;
    }
    if (!room(e, 12 + big.bytes)) return false;
    *e->p++ = MARK_BIG;
    *e->p++ = big.negative;
    e->p = varint(e->p, big.bytes);
    memcpy(e->p, big.magnitude, big.bytes);
    e->p += big.bytes;
    return true;
}

static NOINLINE bool encode_float(struct encoder *e, ERL_NIF_TERM t) {
    double d;
    if (!room(e, 9) || !enif_get_double(e->env, t, &d)) return false;
    *e->p++ = MARK_FLOAT;
    memcpy(e->p, &d, 8);
    e->p += 8;
    return true;
}

static NOINLINE bool encode_bits(struct encoder *e, ERL_NIF_TERM t) {
    struct es_bits bits;
    if (!bits_of(t, &bits)) {
        /* Unknown layout. A binary that does not begin at a byte is copied by the VM here; the rest is told apart only. */
        ErlNifBinary whole;
        if (!enif_inspect_binary(e->env, t, &whole)) {
            if (!room(e, 12)) return false;
            memcpy(e->p, "\x99\x09" "bitstring", 11);
            e->p += 11;
            return true;
        }
        bits = (struct es_bits){whole.data, 0, (uint64_t)whole.size * 8};
    }
    uint64_t bytes = (bits.count + 7) / 8, kept = bytes;
    if (kept > e->limits->binary) kept = e->limits->binary;
    if (!room(e, 20)) return false;
    if (!room(e, 20 + kept)) kept = (uint64_t)(e->end - e->p) - 20;
    bool whole_bytes = bits.count % 8 == 0;
    *e->p++ = whole_bytes ? MARK_BINARY : MARK_BITS;
    e->p = varint(e->p, whole_bytes ? bytes : bits.count);
    e->p = varint(e->p, kept);
    if (bits.shift == 0) {
        memcpy(e->p, bits.bytes, kept);
    } else {
        uint64_t used = (bits.shift + bits.count + 7) / 8; /* bytes that hold any of the bits */
        for (uint64_t i = 0; i < kept; i++) {
            unsigned next = i + 1 < used ? bits.bytes[i + 1] : 0;
            e->p[i] = (uint8_t)(bits.bytes[i] << bits.shift | next >> (8 - bits.shift));
        }
    }
    e->p += kept;
    if (!whole_bytes && kept == bytes) e->p[-1] &= (uint8_t)(0xff << (8 - bits.count % 8));
    return true;
}

/* --- containers -------------------------------------------------------------------------------------------------------------- */

static bool cut_by_depth(struct encoder *e, uint8_t mark, uint64_t size) {
    if (!room(e, 12)) return false;
    *e->p++ = MARK_CUT_DEPTH;
    *e->p++ = mark;
    e->p = varint(e->p, size);
    return true;
}

/* What is most of most terms: small integers, atoms told already, pids, empty lists. NULL: it is something else, or may not fit.
 * (Given apart from the encoder, so that they stay in registers whatever is written through `p`.) */
static inline uint8_t *quickly(const struct es_marks *marks, const uint8_t *end, uint8_t *p, ERL_NIF_TERM t) {
    if (end - p < SMALL_MOST) return NULL;
    if (term_is_small(t)) return int64(p, term_small(t));
    if (term_is_atom(t)) {
        uint32_t index = term_atom_index(t);
        if (!(marks_of(marks, index) & ATOM_TOLD)) return NULL; /* the cookie never is */
        *p = MARK_ATOM;
        return varint(p + 1, index);
    }
    if (term_is_local_pid(t)) {
        *p = MARK_PID;
        return varint(varint(p + 1, pid_number(t)), pid_serial(t));
    }
    if (term_is_nil(t)) {
        *p = MARK_NIL;
        return p + 1;
    }
    return NULL;
}

static inline bool encode_one(struct encoder *e, ERL_NIF_TERM t, unsigned depth) {
    uint8_t *p = quickly(&e->w->session->atoms, e->end, e->p, t);
    if (!p) return encode(e, t, depth);
    e->p = p;
    return true;
}

/* Terms one after the other, as many as fit. */
static inline unsigned encode_elements(struct encoder *e, const ERL_NIF_TERM *elements, unsigned count, unsigned depth) {
    const struct es_marks marks = e->w->session->atoms;
    const uint8_t *end = e->end, *most = end - SMALL_MOST;
    uint8_t *p = e->p;
    unsigned i = 0;
    for (; i < count; i++) {
        ERL_NIF_TERM t = elements[i];
        if (p <= most && term_is_small(t)) {
            p = int64(p, term_small(t));
            continue;
        }
        uint8_t *next = quickly(&marks, end, p, t);
        if (next) {
            p = next;
            continue;
        }
        e->p = p;
        bool fits = encode(e, t, depth);
        p = e->p;
        if (!fits) break;
    }
    e->p = p;
    return i;
}

static inline bool tuple_begins(struct encoder *e, unsigned size, unsigned *keep, uint8_t **at) {
    *keep = size < e->limits->length ? size : e->limits->length;
    if (!room(e, 12)) return false;
    *e->p++ = MARK_TUPLE;
    e->p = varint(e->p, size);
    *at = e->p;
    e->p = varint(e->p, *keep);
    return true;
}

static NOINLINE bool encode_tuple(struct encoder *e, const ERL_NIF_TERM *elements, unsigned size, unsigned depth) {
    unsigned keep, kept;
    uint8_t *at;
    if (depth >= e->limits->depth) return cut_by_depth(e, MARK_TUPLE, size);
    if (!tuple_begins(e, size, &keep, &at)) return false;
    if (size == 2 && keep == 2 && key_is_secret(e->w->session, e->env, elements[0])) {
        kept = encode_elements(e, elements, 1, depth + 1);
        if (kept == 1 && secret(e)) kept = 2;
    } else {
        kept = encode_elements(e, elements, keep, depth + 1);
    }
    if (kept != keep) amend(e, at, keep, kept);
    return true;
}

/* A callback's result: element number `hole` (from 1) is its state. */
static bool encode_tuple_with_hole(struct encoder *e, const ERL_NIF_TERM *elements, unsigned size, unsigned hole) {
    unsigned keep, kept;
    uint8_t *at;
    if (!tuple_begins(e, size, &keep, &at)) return false;
    kept = encode_elements(e, elements, hole - 1 < keep ? hole - 1 : keep, 1);
    if (kept == hole - 1 && kept < keep && room(e, 1)) {
        *e->p++ = MARK_STATE;
        kept += 1 + encode_elements(e, elements + hole, keep - hole, 1);
    }
    if (kept != keep) amend(e, at, keep, kept);
    return true;
}

static NOINLINE bool encode_list(struct encoder *e, ERL_NIF_TERM t, unsigned depth) {
    if (depth >= e->limits->depth) return cut_by_depth(e, MARK_LIST, 0);
    if (!room(e, 6)) return false;
    *e->p++ = MARK_LIST;
    e->end -= 2; /* for the mark at the end, and the cut of a tail */
    uint8_t mark = MARK_LIST_CUT;
    unsigned left = e->limits->length;
    const struct es_marks marks = e->w->session->atoms;
    const uint8_t *end = e->end, *most = end - SMALL_MOST;
    uint8_t *p = e->p;
    for (; term_is_cons(t) && left > 0; t = term_cell(t)[1], left--) {
        ERL_NIF_TERM head = term_cell(t)[0];
        if (p <= most && term_is_small(head)) {
            p = int64(p, term_small(head));
            continue;
        }
        uint8_t *next = quickly(&marks, end, p, head);
        if (next) {
            p = next;
            continue;
        }
        e->p = p;
        bool fits = encode(e, head, depth + 1);
        p = e->p;
        if (!fits) break;
    }
    e->p = p;
    if (!term_is_cons(t)) mark = term_is_nil(t) ? MARK_LIST_END : MARK_LIST_TAIL;
    e->end += 2;
    *e->p++ = mark;
    if (mark == MARK_LIST_TAIL && !encode(e, t, depth + 1)) *e->p++ = MARK_CUT_BYTES;
    return true;
}

/* A key and its value; false, and nothing written, when not even the key fits. */
static bool encode_pair(struct encoder *e, ERL_NIF_TERM key, ERL_NIF_TERM value, unsigned depth, bool *whole) {
    if (!room(e, 1)) return false;
    e->end -= 1; /* for the cut of the value */
    bool fits = encode_one(e, key, depth + 1);
    e->end += 1;
    if (!fits) return false;
    if (key_is_secret(e->w->session, e->env, key)) {
        *e->p++ = MARK_SECRET;
    } else if (!encode_one(e, value, depth + 1)) {
        *e->p++ = MARK_CUT_BYTES;
        *whole = false;
    }
    return true;
}

static NOINLINE bool encode_map(struct encoder *e, ERL_NIF_TERM t, unsigned depth) {
    const uint64_t *words = term_words(t);
    bool flat = words[0] == es_layout.flatmap, whole = true;
    size_t size;
    ErlNifMapIterator it;
    if (flat)
        size = words[1];
    else if (!enif_get_map_size(e->env, t, &size))
        return false;
    if (depth >= e->limits->depth) return cut_by_depth(e, MARK_MAP, size);
    size_t most = flat || e->pairs > e->limits->length ? e->limits->length : e->pairs;
    size_t keep = size < most ? size : most, kept = 0;
    if (!room(e, 22)) return false;
    bool walks = !flat && es_layout.hashmaps;
    /* Of a map of more than 32 keys in a layout that is not known: the VM allocates a stack of a few hundred bytes here, whatever its size. */
    if (!flat && !walks && !enif_map_iterator_create(e->env, t, &it, ERL_NIF_MAP_ITERATOR_FIRST)) return false;
    *e->p++ = MARK_MAP;
    e->p = varint(e->p, size);
    uint8_t *at = e->p;
    e->p = varint(e->p, keep);
    if (flat) {
        const ERL_NIF_TERM *keys = term_elements(words[2]), *values = (const ERL_NIF_TERM *)words + 3;
        while (kept < keep && whole && encode_pair(e, keys[kept], values[kept], depth, &whole)) kept++;
    } else if (walks) {
        struct es_hash_walk walk;
        const ERL_NIF_TERM *pair;
        hash_walk_begin(&walk, t);
        while (kept < keep && whole && (pair = hash_walk_next(&walk)) && encode_pair(e, pair[0], pair[1], depth, &whole)) kept++;
    } else {
        ERL_NIF_TERM key, value;
        while (kept < keep && whole && enif_map_iterator_get_pair(e->env, &it, &key, &value) &&
               encode_pair(e, key, value, depth, &whole)) {
            kept++;
            enif_map_iterator_next(e->env, &it);
        }
        enif_map_iterator_destroy(e->env, &it);
    }
    if (kept != keep) amend(e, at, keep, kept);
    return true;
}

static NOINLINE bool encode_immediate(struct encoder *e, ERL_NIF_TERM t) {
    if (term_is_small(t)) return encode_int64(e, term_small(t));
    if (term_is_atom(t)) return encode_atom(e, t);
    if (term_is_local_pid(t)) return encode_local_pid(e, t);
    if (term_is_local_port(t)) return encode_local_port(e, t);
    if (!term_is_nil(t)) return printed(e, MARK_TEXT, t);
    if (!room(e, 1)) return false;
    *e->p++ = MARK_NIL;
    return true;
}

/* Writes one term; false (and nothing written) when it does not fit. Recursion is bounded by the depth limit. */
static bool encode(struct encoder *e, ERL_NIF_TERM t, unsigned depth) {
    if (term_is_boxed(t) && term_is_tuple(t)) return encode_tuple(e, term_elements(t), term_arity(t), depth);
    if (term_is_cons(t)) return encode_list(e, t, depth);
    if (!term_is_boxed(t)) return encode_immediate(e, t);
    switch (term_type(e->env, t)) {
    case ERL_NIF_TERM_TYPE_BITSTRING:
        return encode_bits(e, t);
    case ERL_NIF_TERM_TYPE_MAP:
        return encode_map(e, t, depth);
    case ERL_NIF_TERM_TYPE_REFERENCE:
        return encode_ref(e, t);
    case ERL_NIF_TERM_TYPE_FLOAT:
        return encode_float(e, t);
    case ERL_NIF_TERM_TYPE_INTEGER:
        return encode_big(e, t);
    case ERL_NIF_TERM_TYPE_FUN:
        return encode_fun(e, t);
    case ERL_NIF_TERM_TYPE_PID:
        return encode_external(e, t);
    case ERL_NIF_TERM_TYPE_PORT:
        return encode_external(e, t);
    default:
        return printed(e, MARK_TEXT, t);
    }
}

/* --- the outside ------------------------------------------------------------------------------------------------------------- */

static struct encoder begin_term(struct es_writer *w, uint32_t most) {
    return (struct encoder){w, w->env, &w->session->limits, UINT32_MAX, w->at + 4, w->at + 4 + most};
}

static void end_term(struct es_writer *w, struct encoder *e, bool fits) {
    if (!fits) *e->p++ = MARK_CUT_BYTES;
    uint32_t size = (uint32_t)(e->p - w->at - 4);
    memcpy(w->at, &size, 4);
    w->at = e->p;
}

void put_term(struct es_writer *w, ERL_NIF_TERM term, uint32_t most) {
    struct encoder e = begin_term(w, most);
    end_term(w, &e, encode_one(&e, term, 0));
}

void put_value(struct es_writer *w, ERL_NIF_TERM term) {
    struct encoder e = begin_term(w, w->session->limits.call_bytes);
    e.pairs = w->session->limits.call_pairs;
    end_term(w, &e, encode_one(&e, term, 0));
}

void put_term_with_hole(struct es_writer *w, ERL_NIF_TERM term, unsigned hole, uint32_t most) {
    if (hole == 0 || !term_is_boxed(term) || !term_is_tuple(term)) {
        put_term(w, term, most);
        return;
    }
    struct encoder e = begin_term(w, most);
    end_term(w, &e, encode_tuple_with_hole(&e, term_elements(term), term_arity(term), hole));
}

void put_values(struct es_writer *w, const ERL_NIF_TERM *terms, unsigned count) {
    struct encoder e = begin_term(w, w->session->limits.call_bytes);
    e.pairs = w->session->limits.call_pairs;
    if (count == 0) {
        *e.p++ = MARK_NIL;
    } else {
        *e.p++ = MARK_LIST;
        *e.p++ = encode_elements(&e, terms, count, 1) == count ? MARK_LIST_END : MARK_LIST_CUT;
    }
    end_term(w, &e, true);
}

void put_absent(struct es_writer *w) { put_u32(w, 0); }

void put_atom(struct es_writer *w, ERL_NIF_TERM atom) { put_u32(w, tell_atom(w, term_is_atom(atom) ? atom : es_atom.undefined)); }
