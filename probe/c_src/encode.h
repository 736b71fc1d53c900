/* Writing terms as docs/formats/term.md says: never more than a given number of bytes, and never more work than these bytes, the
 * depth and the lengths allow, however large the term is. */
#ifndef ES_ENCODE_H
#define ES_ENCODE_H

#include "writer.h"

/* What T takes beyond the bytes of its term: the length, and what marks where something was cut. */
#define TERM_EXTRA 64

/* Appends `T`: the length and the term, at most `most` bytes of it. */
void put_term(struct es_writer *w, ERL_NIF_TERM term, uint32_t most);
/* Appends `T` where, if the term is a tuple with at least `hole` elements, element number `hole` (from 1; 0: none) is replaced
 * by the mark of the process's state. */
void put_term_with_hole(struct es_writer *w, ERL_NIF_TERM term, unsigned hole, uint32_t most);
/* The same for what happens most, the values of calls and lines: within the limits of those. */
void put_value(struct es_writer *w, ERL_NIF_TERM term);
/* `count` terms as a list. */
void put_values(struct es_writer *w, const ERL_NIF_TERM *terms, unsigned count);
void put_absent(struct es_writer *w);

/* Appends the index of an atom as u32, and tells the recorder its text before. */
void put_atom(struct es_writer *w, ERL_NIF_TERM atom);

#endif
