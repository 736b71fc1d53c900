/* What rewritten code calls: the entry, the value, the tail call and the exception of a function, by the process that runs it.
 * Each has one path from the arguments into the thread's ring. Where nobody records it is one load and one branch. */
#ifndef ES_CALLS_H
#define ES_CALLS_H

#include <erl_nif.h>

/* The first argument is always a site, a literal of the rewritten module. */
ERL_NIF_TERM calls_call(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);      /* the arguments after it */
ERL_NIF_TERM calls_call_list(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]); /* the arguments as a list */
ERL_NIF_TERM calls_return(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);    /* returns the value, its second */
ERL_NIF_TERM calls_tail(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);
ERL_NIF_TERM calls_line(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);      /* the values after it */
ERL_NIF_TERM calls_line_list(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]); /* the values as a list */
ERL_NIF_TERM calls_value(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);     /* returns the value, its second */
ERL_NIF_TERM calls_exception(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]); /* class, reason, stack */

#endif
