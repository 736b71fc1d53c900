/* Which keys hold secrets: their lower-cased text contains one of the session's words. */
#ifndef ES_SECRETS_H
#define ES_SECRETS_H

#include "layout.h"
#include "session.h"

/* For atoms the answer is remembered; of other texts the first 256 bytes count. */
bool key_judged(struct es_session *session, ErlNifEnv *env, ERL_NIF_TERM key);
static inline bool key_is_secret(struct es_session *session, ErlNifEnv *env, ERL_NIF_TERM key) {
    if (session->secret_words == 0 || term_is_small(key)) return false;
    if (term_is_atom(key)) {
        uint8_t marks = marks_of(&session->atoms, term_atom_index(key));
        if (marks & ATOM_JUDGED) return marks & ATOM_SECRET;
    }
    return key_judged(session, env, key);
}

size_t atom_text(ErlNifEnv *env, ERL_NIF_TERM atom, char *text);

#endif
