/* Reading terms without the VM's help.
 *
 * The NIF interface has no call for "the number in this pid", "the words of this reference" or "the bits of this bitstring" that is
 * both cheap and bounded: printing costs 300 ns and more, the external format copies whole binaries. So the words of a term are
 * read directly. Their layout is not documented, hence layout_check() compares what is read here with what Erlang says about a
 * list of sample terms when the library is loaded. Immediate terms (small integers, atoms, pids), lists and tuples must agree, otherwise the
 * library refuses to be used; for the other boxed ones (references, bitstrings, large integers, maps) the slow or the vague way is taken instead. */
#ifndef ES_LAYOUT_H
#define ES_LAYOUT_H

#include <erl_nif.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum es_pid_layout { PIDS_15_13, PIDS_TABLE };
enum es_bits_layout { BITS_UNKNOWN, BITS_SUB_BIN, BITS_SUB_BITS };

struct es_layout {
    enum es_pid_layout pids;
    unsigned pid_table_bits; /* log2 of the size of the process table */
    enum es_bits_layout bits;
    unsigned data_offset; /* of the data in the object of a binary off the heap; BITS_SUB_BITS only, 0: unknown */
    bool refs;
    bool bigs;
    uint64_t flatmap;  /* the first word of a map of up to 32 keys: header, size, keys (a tuple), values; 0: unknown */
    bool hashmaps;     /* maps of more keys can be walked through */
    uint8_t type[16];  /* ErlNifTermType of a boxed term by the kind in its first word; 0: not seen, ask the VM */
};

extern struct es_layout es_layout;

static inline bool term_is_small(ERL_NIF_TERM t) { return (t & 0xf) == 0xf; }
static inline int64_t term_small(ERL_NIF_TERM t) { return (int64_t)t >> 4; }
static inline bool term_is_atom(ERL_NIF_TERM t) { return (t & 0x3f) == 0x0b; }
static inline uint32_t term_atom_index(ERL_NIF_TERM t) { return (uint32_t)(t >> 6); }
static inline ERL_NIF_TERM term_atom(uint32_t index) { return ((ERL_NIF_TERM)index << 6) | 0x0b; }
static inline bool term_is_local_pid(ERL_NIF_TERM t) { return (t & 0xf) == 0x3; }
static inline bool term_is_local_port(ERL_NIF_TERM t) { return (t & 0xf) == 0x7; }
static inline bool term_is_nil(ERL_NIF_TERM t) { return (t & 0x3f) == 0x3b; }
static inline bool term_is_cons(ERL_NIF_TERM t) { return (t & 0x3) == 0x1; }
static inline bool term_is_boxed(ERL_NIF_TERM t) { return (t & 0x3) == 0x2; }
static inline const uint64_t *term_words(ERL_NIF_TERM t) { return (const uint64_t *)(t - 2); }

#define HEADER_KIND(word) ((word) & 0x3f)

/* Of a cons: its head, and its tail after it. */
static inline const ERL_NIF_TERM *term_cell(ERL_NIF_TERM t) { return (const ERL_NIF_TERM *)(t - 1); }
/* Of a boxed term. */
static inline bool term_is_tuple(ERL_NIF_TERM t) { return HEADER_KIND(*term_words(t)) == 0; }
static inline unsigned term_arity(ERL_NIF_TERM t) { return (unsigned)(*term_words(t) >> 6); }
static inline const ERL_NIF_TERM *term_elements(ERL_NIF_TERM t) { return (const ERL_NIF_TERM *)term_words(t) + 1; }
static inline ErlNifTermType term_type(ErlNifEnv *env, ERL_NIF_TERM boxed) {
    uint8_t known = es_layout.type[HEADER_KIND(*term_words(boxed)) >> 2];
    return known ? (ErlNifTermType)known : enif_term_type(env, boxed);
}

/* The number and serial of a local pid, as printed: <0.number.serial>. */
static inline uint32_t pid_number(ERL_NIF_TERM t) {
    uint32_t data = (uint32_t)t >> 4;
    if (es_layout.pids == PIDS_15_13) return data & 0x7fff;
    /* Slots of the process table are spread over cache lines of eight, so the low three bits of the slot are the high ones of
     * the number. */
    return (data >> 3) | ((data & 7) << (es_layout.pid_table_bits - 3));
}
static inline uint32_t pid_serial(ERL_NIF_TERM t) {
    return es_layout.pids == PIDS_15_13 ? ((uint32_t)t >> 4) >> 15 : (uint32_t)(t >> 32);
}
static inline uint64_t pid64(ERL_NIF_TERM t) { return (uint64_t)pid_number(t) | (uint64_t)pid_serial(t) << 28; }

/* The words of a local reference in the order of the external format. Returns how many (0: cannot be read here). */
unsigned ref_words(ERL_NIF_TERM t, uint32_t words[5]);

struct es_bits {
    const uint8_t *bytes; /* the byte that holds the first bit */
    unsigned shift;       /* of the first bit within it, 0 to 7 */
    uint64_t count;       /* bits */
};
/* Where the bits of a bitstring are, without copying any. False where the layout is unknown. */
bool bits_of(ERL_NIF_TERM t, struct es_bits *out);

struct es_big {
    bool negative;
    const uint8_t *magnitude; /* least significant byte first */
    size_t bytes;
};
bool big_of(ERL_NIF_TERM t, struct es_big *out);

/* Walking through a map of more than 32 keys: a tree whose inner nodes have up to 16 children, told by the bits of their first word,
 * and whose leaves are cells of key and value. The root has the number of keys before its children. Keys with the same hash lie
 * together in a tuple. */
#define HASH_LEVELS 24
struct es_hash_walk {
    struct {
        const ERL_NIF_TERM *child;
        unsigned left;
    } level[HASH_LEVELS];
    int at; /* level; -1: at the end */
};
static inline unsigned hash_children(uint64_t header) {
    return HEADER_KIND(header) == 0 ? (unsigned)(header >> 6) : (unsigned)__builtin_popcount((unsigned)(header >> 16) & 0xffff);
}
static inline void hash_walk_begin(struct es_hash_walk *walk, ERL_NIF_TERM map) {
    const uint64_t *w = term_words(map);
    walk->at = 0;
    walk->level[0].child = (const ERL_NIF_TERM *)w + 2;
    walk->level[0].left = hash_children(w[0]);
}
/* The next cell: its key, and its value after it. NULL: there is none. */
static inline const ERL_NIF_TERM *hash_walk_next(struct es_hash_walk *walk) {
    while (walk->at >= 0) {
        if (walk->level[walk->at].left == 0) {
            walk->at--;
            continue;
        }
        walk->level[walk->at].left--;
        ERL_NIF_TERM node = *walk->level[walk->at].child++;
        if (term_is_cons(node)) return term_cell(node);
        if (!term_is_boxed(node) || walk->at == HASH_LEVELS - 1) break;
        const uint64_t *w = term_words(node);
        walk->at++;
        walk->level[walk->at].child = (const ERL_NIF_TERM *)w + 1;
        walk->level[walk->at].left = hash_children(w[0]);
    }
    return NULL;
}

/* samples: a list of {Term, Expected} from elixirscope_nif:samples/0. Sets es_layout; false when the VM is too different. */
bool layout_check(ErlNifEnv *env, ERL_NIF_TERM samples, unsigned otp, unsigned process_limit);

#endif
