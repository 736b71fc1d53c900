#include "secrets.h"

#include "layout.h"

#include <string.h>

#define KEY_BYTES 256

static bool contains_word(const struct es_session *session, char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (text[i] >= 'A' && text[i] <= 'Z') text[i] = (char)(text[i] + 32);
    for (unsigned i = 0; i < session->secret_words; i++)
        if (memmem(text, size, session->secret_word[i], strlen(session->secret_word[i]))) return true;
    return false;
}

static bool atom_is_secret(struct es_session *session, ErlNifEnv *env, ERL_NIF_TERM atom) {
    uint32_t index = term_atom_index(atom);
    if (index >= session->atoms.limit) return true;
    uint8_t marks = marks_of(&session->atoms, index);
    if (marks & ATOM_JUDGED) return marks & ATOM_SECRET;
    char text[1024];
    size_t size = atom_text(env, atom, text);
    bool secret = contains_word(session, text, size);
    marks_add(&session->atoms, index, secret ? ATOM_JUDGED | ATOM_SECRET : ATOM_JUDGED);
    return secret;
}

static bool binary_is_secret(const struct es_session *session, ErlNifEnv *env, ERL_NIF_TERM key) {
    char text[KEY_BYTES];
    struct es_bits bits;
    ErlNifBinary whole;
    if (!bits_of(key, &bits)) {
        if (es_layout.bits != BITS_UNKNOWN || !enif_inspect_binary(env, key, &whole)) return false;
        bits = (struct es_bits){whole.data, 0, (uint64_t)whole.size * 8};
    }
    if (bits.count % 8) return false;
    size_t size = bits.count / 8 < KEY_BYTES ? (size_t)(bits.count / 8) : KEY_BYTES;
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(bits.shift ? bits.bytes[i] << bits.shift | bits.bytes[i + 1] >> (8 - bits.shift) : bits.bytes[i]);
    return contains_word(session, text, size);
}

static bool charlist_is_secret(const struct es_session *session, ErlNifEnv *env, ERL_NIF_TERM key) {
    char text[KEY_BYTES];
    size_t size = 0;
    ERL_NIF_TERM head;
    while (size < KEY_BYTES && enif_get_list_cell(env, key, &head, &key)) {
        if (!term_is_small(head) || term_small(head) < 0 || term_small(head) > 0x10ffff) return false;
        text[size++] = (char)(term_small(head) < 0x80 ? term_small(head) : '?');
    }
    if (size < KEY_BYTES && !term_is_nil(key)) return false;
    return contains_word(session, text, size);
}

bool key_judged(struct es_session *session, ErlNifEnv *env, ERL_NIF_TERM key) {
    if (term_is_atom(key)) return atom_is_secret(session, env, key);
    if (term_is_cons(key)) return charlist_is_secret(session, env, key);
    if (term_is_boxed(key) && term_type(env, key) == ERL_NIF_TERM_TYPE_BITSTRING) return binary_is_secret(session, env, key);
    return false;
}
