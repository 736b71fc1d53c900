/* Atoms: those the probe itself needs, and which atoms of the VM the recorder has been told about. */
#ifndef ES_ATOMS_H
#define ES_ATOMS_H

#include <erl_nif.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* X(name in C, text) */
#define ES_ATOMS(X)                                                                                                              \
    X(ok, "ok") X(error, "error") X(full, "full") X(true_, "true") X(false_, "false") X(undefined, "undefined")                  \
    X(trace, "trace") X(discard, "discard") X(remove, "remove") X(trace_status, "trace_status")                                  \
    X(send, "send") X(send_to_non_existing_process, "send_to_non_existing_process") X(receive, "receive")                        \
    X(spawn, "spawn") X(spawned, "spawned") X(exit, "exit") X(link, "link") X(unlink, "unlink")                                  \
    X(register_, "register") X(unregister, "unregister") X(call, "call") X(return_from, "return_from")                           \
    X(exception_from, "exception_from") X(in, "in") X(out, "out") X(in_exiting, "in_exiting") X(out_exiting, "out_exiting")      \
    X(out_exited, "out_exited") X(gc_minor_start, "gc_minor_start") X(gc_minor_end, "gc_minor_end")                              \
    X(gc_major_start, "gc_major_start") X(gc_major_end, "gc_major_end") X(heap_size, "heap_size")                                \
    X(old_heap_size, "old_heap_size") X(extra, "extra") X(timeout, "timeout") X(clock_service, "clock_service") X(match_spec_result, "match_spec_result")                                \
    X(gen_server, "gen_server") X(gen_statem, "gen_statem") X(gen_event, "gen_event")                                            \
    X(init, "init") X(handle_call, "handle_call") X(handle_cast, "handle_cast") X(handle_info, "handle_info")                    \
    X(handle_continue, "handle_continue") X(handle_event, "handle_event") X(terminate, "terminate")                              \
    X(reply, "reply") X(noreply, "noreply") X(stop, "stop") X(EXIT, "EXIT") X(hibernate, "hibernate") X(no, "no")                \
    X(state_functions, "state_functions") X(next_state, "next_state") X(keep_state, "keep_state")                                \
    X(repeat_state, "repeat_state") X(stop_and_reply, "stop_and_reply") X(throw_, "throw")                                   \
    X(become, "become") X(handle_batch, "handle_batch")                                                          \
    X(gs_init, "gs_init") X(gs_call, "gs_call") X(gs_dispatch, "gs_dispatch") X(gs_cast, "gs_cast") X(gs_info, "gs_info")        \
    X(gs_continue, "gs_continue") X(gs_terminate, "gs_terminate") X(statem_callback, "statem_callback")                          \
    X(statem_result, "statem_result") X(statem_terminate, "statem_terminate") X(statem_receive, "statem_receive")                \
    X(ge_update, "ge_update") X(ge_call, "ge_call") X(direct, "direct") X(behaviour, "behaviour")                                                                              \
    X(modules, "modules") X(state_data, "state_data") X(module, "module") X(state, "state")                                      \
    X(elixirscope_nif, "elixirscope_nif") X(closed, "closed") X(control, "control") X(recorder_gone, "recorder_gone")                                  \
    X(recorder_silent, "recorder_silent") X(stop_requested, "stop_requested") X(not_loaded, "not_loaded")                        \
    X(address, "address") X(unix_, "unix") X(tcp, "tcp") X(token, "token") X(hello, "hello") X(ring_file, "ring_file")           \
    X(ring_bytes, "ring_bytes") X(rings, "rings") X(on_full, "on_full") X(wait, "wait") X(drop, "drop") X(limits, "limits")      \
    X(depth, "depth") X(length, "length") X(binary, "binary") X(term_bytes, "term_bytes") X(state_bytes, "state_bytes") X(call_bytes, "call_bytes") X(call_pairs, "call_pairs")          \
    X(redact, "redact") X(owner, "owner") X(bytes_per_second, "bytes_per_second") X(silence_ms, "silence_ms")                    \
    X(u32, "u32") X(u64, "u64") X(atom, "atom") X(term, "term") X(pid, "pid") X(absent, "absent")                                \
    X(records, "records") X(bytes, "bytes") X(sent, "sent") X(dropped, "dropped") X(waits, "waits")                              \
    X(cookie, "cookie") X(nocookie, "nocookie") X(redacted, "[redacted]") X(in_place_of_secret, "$elixirscope_secret") X(system, "system") X(fullest, "fullest") X(slowest_ms, "slowest_ms")                                     \
    X(rings_used, "rings_used") X(active, "active")

struct es_atoms {
#define X(name, text) ERL_NIF_TERM name;
    ES_ATOMS(X)
#undef X
};
extern struct es_atoms es_atom;
void atoms_init(ErlNifEnv *env);

/* How many atoms this VM can have: at most 2^26 on 64 bits, 2^20 unless asked otherwise. */
#define ES_ATOM_MOST (1u << 26)
extern uint32_t es_atom_limit;

/* What is known of an atom, by its index: a byte each, in lazily touched memory. */
enum es_atom_mark { ATOM_TOLD = 1, ATOM_JUDGED = 2, ATOM_SECRET = 4 };
struct es_marks {
    _Atomic uint8_t *bytes;
    uint32_t limit;
};
bool marks_create(struct es_marks *marks);
void marks_destroy(struct es_marks *marks);
static inline uint8_t marks_of(const struct es_marks *marks, uint32_t index) {
    return index < marks->limit ? atomic_load_explicit(&marks->bytes[index], memory_order_acquire) : 0;
}
static inline void marks_add(struct es_marks *marks, uint32_t index, uint8_t mark) {
    atomic_fetch_or_explicit(&marks->bytes[index], mark, memory_order_acq_rel);
}

#endif
