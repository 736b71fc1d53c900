#include "atoms.h"

#include <string.h>
#include <sys/mman.h>

struct es_atoms es_atom;

void atoms_init(ErlNifEnv *env) {
#define X(name, text) es_atom.name = enif_make_atom(env, text);
    ES_ATOMS(X)
#undef X
}

bool bitmap_create(struct es_bitmap *map) {
    void *p = mmap(NULL, ES_ATOM_LIMIT / 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    map->words = p == MAP_FAILED ? NULL : p;
    return p != MAP_FAILED;
}

void bitmap_destroy(struct es_bitmap *map) {
    if (map->words) munmap((void *)map->words, ES_ATOM_LIMIT / 8);
    map->words = NULL;
}
