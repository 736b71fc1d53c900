/* The erl_tracer callbacks: elixirscope_nif:enabled/3 and trace/5. */
#ifndef ES_TRACER_H
#define ES_TRACER_H

#include <erl_nif.h>

ERL_NIF_TERM tracer_enabled(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);
ERL_NIF_TERM tracer_trace(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);

#endif
