/* Which keys hold secrets: their lower-cased text contains one of the session's words. */
#ifndef ES_SECRETS_H
#define ES_SECRETS_H

#include "session.h"

/* For atoms the answer is remembered; of other texts the first 256 bytes count. */
bool key_is_secret(struct es_session *session, ErlNifEnv *env, ERL_NIF_TERM key);

size_t atom_text(ErlNifEnv *env, ERL_NIF_TERM atom, char *text);

#endif
