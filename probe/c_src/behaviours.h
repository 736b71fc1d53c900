/* Writing CALLBACK, CALLBACK_RETURN and STATE from the traced insides of OTP's behaviours. */
#ifndef ES_BEHAVIOURS_H
#define ES_BEHAVIOURS_H

#include "writer.h"

/* args: shape->arity terms. False when they are not what the shape says: then it is a plain call. */
bool behaviour_call(struct es_writer *w, const struct es_shape *shape, ERL_NIF_TERM pid, const ERL_NIF_TERM *args);
void behaviour_return(struct es_writer *w, const struct es_shape *shape, ERL_NIF_TERM pid, ERL_NIF_TERM value);
void behaviour_exception(struct es_writer *w, const struct es_shape *shape, ERL_NIF_TERM pid, ERL_NIF_TERM class_and_reason);

/* A system message came in: what the process has as its state next may be another one. */
void state_may_change(struct es_writer *w, ERL_NIF_TERM pid);

#endif
