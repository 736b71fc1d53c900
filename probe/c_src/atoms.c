#include "atoms.h"

#include <string.h>
#include <sys/mman.h>

struct es_atoms es_atom;
uint32_t es_atom_limit = ES_ATOM_MOST;

void atoms_init(ErlNifEnv *env) {
#define X(name, text) es_atom.name = enif_make_atom(env, text);
    ES_ATOMS(X)
#undef X
}

bool marks_create(struct es_marks *marks) {
    void *p = mmap(NULL, es_atom_limit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    marks->bytes = p == MAP_FAILED ? NULL : p;
    marks->limit = es_atom_limit;
    return p != MAP_FAILED;
}

void marks_destroy(struct es_marks *marks) {
    if (marks->bytes) munmap((void *)marks->bytes, marks->limit);
    marks->bytes = NULL;
}
