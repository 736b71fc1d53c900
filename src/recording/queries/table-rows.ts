/**
 * Rows of an ETS table at a moment, as far as calls of `ets` tell: what was written, found, taken and deleted, played again from where the table
 * began (or from as far back as is looked).
 */
import type { TableRow } from '../code.js';
import { Flags, type Gap, type Moment, type Seq } from '../model.js';
import type { Place, Store } from '../read/store.js';
import { int, printTerm, termKey, type Term } from '../../term/index.js';
import type { Gaps } from './gaps.js';
import { Kind, bit } from './kinds.js';

/** How many calls on a table are played again. */
const MAX_CALLS = 1 << 17;

interface Known {
  key: Term;
  /** Objects under this key; none: gone. */
  objects: readonly Term[];
  seq: Seq;
}

/** Calls that say that a table has nothing in it afterwards. */
const CLEARS: ReadonlySet<string> = new Set(['delete_all_objects', 'internal_delete_all']);
/** Calls after which nobody knows what is left. */
const UNCLEAR: ReadonlySet<string> = new Set(['select_delete', 'internal_select_delete', 'match_delete', 'select_replace', 'file2tab']); // prettier-ignore

export function tableRows(
  store: Store,
  gaps: Gaps,
  table: string,
  at: Moment,
  limit: number,
): { rows: TableRow[]; complete: boolean; gaps: Gap[] } {
  const { calls, begins, fromNs } = callsOf(store, table, at.seq);
  const replay = new Replay(begins);
  for (const call of calls.reverse()) replay.call(store, call);
  const touching = gaps.touching(begins ? fromNs : 0, at.ns);
  const rows = [...replay.known.values()].flatMap(({ key, objects, seq }): TableRow[] =>
    objects.length === 0 ? [{ key, value: undefined, seq }] : objects.map((value) => ({ key, value, seq })),
  );
  rows.sort((a, b) => a.seq - b.seq);
  return { rows: rows.slice(0, limit), complete: replay.complete && touching.length === 0, gaps: touching };
}

/** Calls on a table up to event `to`, newest first, back to where it was made or emptied, which `begins` tells. */
function callsOf(store: Store, table: string, to: Seq): { calls: Place[]; begins: boolean; fromNs: number } {
  const names = tableNames(table);
  const calls: Place[] = [];
  let fromNs = 0;
  const top = Math.min(to, store.events);
  const mask = bit(Kind.TABLE);
  for (
    let i = store.nextBlockOfKind(mask, store.blockOf(top), -1);
    i >= 0;
    i = store.nextBlockOfKind(mask, i - 1, -1)
  ) {
    // prettier-ignore
    const block = store.blocks[i]!;
    const kinds = block.kinds();
    for (let row = Math.min(block.count - 1, top - block.firstSeq); row >= 0; row--) {
      if (kinds[row] !== Kind.TABLE) continue;
      const place = { block, row };
      const name = functionName(store, place);
      if (!concerns(store, place, name, names)) continue;
      fromNs = block.nsAt(row);
      calls.push(place);
      if (name === 'new' || isWhole(store, place, name)) return { calls, begins: true, fromNs };
      if (calls.length >= MAX_CALLS) return { calls, begins: false, fromNs };
    }
  }
  return { calls, begins: false, fromNs };
}

/** After this call all that the table holds is known. */
function isWhole(store: Store, place: Place, name: string): boolean {
  if ((place.block.flagsAt(place.row) & Flags.RAISED) !== 0) return false;
  return CLEARS.has(name) || (name === 'delete' && argsOf(store.termsAt(place.block, place.row)).length === 1);
}

/** How a table that a person names may be written: `Cache`, `:cache`, `cache`, `#Reference<0.1.2.3>`, `#Ref<…>`. */
function tableNames(text: string): ReadonlySet<string> {
  const name = text
    .trim()
    .replace(/^:/, '')
    .replace(/^(["'])(.*)\1$/, '$2');
  return new Set([text.trim(), name, `Elixir.${name}`, name.replace(/^#Ref</, '#Reference<')]);
}

function concerns(store: Store, { block, row }: Place, name: string, names: ReadonlySet<string>): boolean {
  const terms = store.termsAt(block, row);
  // What `new` was given is a name that other tables may have too; what it gave is the table.
  const term = name === 'new' ? terms[1] : argsOf(terms)[0];
  if (term === undefined) return false;
  return names.has(term.kind === 'atom' ? term.name : printTerm(term, { syntax: 'elixir' }));
}

function functionName(store: Store, { block, row }: Place): string {
  const entry = store.dictionary.functions[block.functionAt(row) - 1];
  return (entry && store.dictionary.atoms(entry.node).get(entry.name)) ?? '';
}

function argsOf(terms: readonly Term[]): readonly Term[] {
  return terms[0]?.kind === 'list' ? terms[0].elements : [];
}

class Replay {
  readonly known = new Map<string, Known>();
  #keyAt = 0;
  #bag = false;

  /** `complete`: nothing was in the table before what is played. */
  constructor(public complete: boolean) {}

  call(store: Store, place: Place): void {
    const { block, row } = place;
    if ((block.flagsAt(row) & Flags.RAISED) !== 0) return;
    const seq = block.firstSeq + row;
    const terms = store.termsAt(block, row);
    const args = argsOf(terms);
    const [, second, third] = args;
    const result = terms[1];
    const name = functionName(store, place);
    if (name === 'new') return this.#options(second);
    if (CLEARS.has(name) || (name === 'delete' && args.length === 1)) return this.known.clear();
    if (UNCLEAR.has(name)) return this.#forgetAll(result);
    switch (name) {
      case 'insert':
      case 'insert_new':
        if (name === 'insert' || isAtom(result, 'true')) this.#insert(second, seq);
        return;
      case 'delete':
        return this.#set(second, [], seq);
      case 'delete_object':
        return this.#remove(second, seq);
      case 'take':
        return this.#set(second, [], seq);
      case 'tab2list':
        if (result?.kind === 'list' && !result.more) this.#whole(result.elements, seq);
        return;
      case 'lookup':
        if (result?.kind === 'list') this.#found(second, result.elements, seq);
        return;
      case 'member':
        if (isAtom(result, 'false')) this.#set(second, [], seq);
        return;
      case 'update_element':
        if (isAtom(result, 'true')) this.#update(second, pairs(third), seq);
        else if (isAtom(result, 'false')) this.#set(second, [], seq);
        return;
      case 'update_counter':
        return this.#count(second, third, args[3], result, seq);
      default:
    }
  }

  #options(options: Term | undefined): void {
    const list = options?.kind === 'list' ? options.elements : [];
    this.#bag = list.some((option) => isAtom(option, 'bag') || isAtom(option, 'duplicate_bag'));
    for (const option of list)
      if (option.kind === 'tuple' && isAtom(option.elements[0], 'keypos') && option.elements[1]?.kind === 'integer')
        this.#keyAt = Number(option.elements[1].value) - 1;
  }

  #insert(given: Term | undefined, seq: Seq): void {
    const objects = given?.kind === 'list' ? given.elements : given ? [given] : [];
    for (const object of objects) {
      const key = object.kind === 'tuple' ? object.elements[this.#keyAt] : undefined;
      if (key === undefined) {
        this.complete = false;
        continue;
      }
      const before = this.#bag ? this.#objects(key).filter((other) => !same(other, object)) : [];
      this.#set(key, [...before, object], seq);
    }
  }

  /** What a look showed. It counts from the moment at which it was written, where that is known to be the same. */
  #found(key: Term | undefined, objects: readonly Term[], seq: Seq): void {
    if (key === undefined) return;
    const known = this.known.get(termKey(key));
    if (known && known.objects.length === objects.length && known.objects.every((one, i) => same(one, objects[i]!)))
      return;
    this.#set(key, objects, seq);
  }

  /** All that was in it. */
  #whole(objects: readonly Term[], seq: Seq): void {
    const before = new Map(this.known);
    this.known.clear();
    this.complete = true;
    for (const object of objects) {
      const key = object.kind === 'tuple' ? object.elements[this.#keyAt] : undefined;
      if (key === undefined) this.complete = false;
      else {
        const held = this.known.get(termKey(key))?.objects ?? [];
        this.#set(key, [...held, object], seq);
      }
    }
    // What is as it was counts from when it became so.
    for (const [id, known] of this.known) {
      const old = before.get(id);
      if (
        old &&
        old.objects.length === known.objects.length &&
        old.objects.every((one, i) => same(one, known.objects[i]!))
      )
        this.known.set(id, old);
    }
  }

  #remove(object: Term | undefined, seq: Seq): void {
    const key = object?.kind === 'tuple' ? object.elements[this.#keyAt] : undefined;
    if (object === undefined || key === undefined || !this.known.has(termKey(key))) return;
    this.#set(
      key,
      this.#objects(key).filter((other) => !same(other, object)),
      seq,
    );
  }

  #update(key: Term | undefined, changes: readonly (readonly [number, Term])[], seq: Seq): void {
    if (key === undefined) return;
    const [object] = this.#objects(key);
    if (object?.kind !== 'tuple') return this.#forget(key);
    const elements = [...object.elements];
    for (const [position, value] of changes) if (position <= elements.length) elements[position - 1] = value;
    this.#set(key, [{ ...object, elements }], seq);
  }

  /** `Increment`, `{Position, Increment}`, `{Position, Increment, Threshold, SetValue}` or a list of these; the result tells what came of each. */
  #count(
    key: Term | undefined,
    op: Term | undefined,
    fresh: Term | undefined,
    result: Term | undefined,
    seq: Seq,
  ): void {
    // prettier-ignore
    if (key === undefined || op === undefined || result === undefined) return;
    const ops = op.kind === 'list' ? op.elements : [op];
    const results = op.kind === 'list' ? (result.kind === 'list' ? result.elements : []) : [result];
    const changes = ops.flatMap((one, i): (readonly [number, Term])[] => {
      const position = one.kind === 'tuple' && one.elements[0]?.kind === 'integer' ? Number(one.elements[0].value) : this.#keyAt + 2; // prettier-ignore
      return results[i] ? [[position, results[i]]] : [];
    });
    if (this.#objects(key).length === 0 && fresh?.kind === 'tuple') {
      const elements = [...fresh.elements];
      elements[this.#keyAt] = key;
      this.#set(key, [{ ...fresh, elements }], seq);
    }
    this.#update(key, changes, seq);
  }

  #objects(key: Term): readonly Term[] {
    return this.known.get(termKey(key))?.objects ?? [];
  }

  #set(key: Term | undefined, objects: readonly Term[], seq: Seq): void {
    if (key === undefined) return;
    const id = termKey(key);
    // Where the table is known from its beginning, what is gone need not be told.
    this.known.delete(id);
    if (objects.length > 0 || !this.complete) this.known.set(id, { key, objects, seq });
  }

  #forget(key: Term): void {
    this.known.delete(termKey(key));
    this.complete = false;
  }

  /** `0`: nothing was changed after all. */
  #forgetAll(result: Term | undefined): void {
    if (result?.kind === 'integer' && result.value === int(0).value) return;
    this.known.clear();
    this.complete = false;
  }
}

const isAtom = (term: Term | undefined, name: string): boolean => term?.kind === 'atom' && term.name === name;
const same = (a: Term, b: Term): boolean => termKey(a) === termKey(b);

/** `{Position, Value}` or a list of them. */
function pairs(term: Term | undefined): (readonly [number, Term])[] {
  const list = term?.kind === 'list' ? term.elements : term ? [term] : [];
  return list.flatMap((pair) => {
    const [position, value] = pair.kind === 'tuple' ? pair.elements : [];
    return position?.kind === 'integer' && value ? [[Number(position.value), value] as const] : [];
  });
}
