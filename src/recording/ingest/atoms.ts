/** The atom table of one recorded node, as far as it is known, and names that the recorder itself adds. */
import type { AtomInterner, AtomTable } from '../../term/index.js';
import type { RecordingWriter } from '../writer-api.js';

/** A node's own indexes stay below: a VM holds at most 2^26 atoms. */
const OWN_FROM = 0x4000_0000;

export class NodeAtoms implements AtomTable, AtomInterner {
  readonly #writer: RecordingWriter;
  readonly #node: number;
  readonly #names = new Map<number, string>();
  readonly #indexes = new Map<string, number>();
  #own = OWN_FROM;

  constructor(writer: RecordingWriter, node: number) {
    this.#writer = writer;
    this.#node = node;
  }

  define(index: number, name: string): void {
    if (this.#names.has(index)) return;
    this.#names.set(index, name);
    if (!this.#indexes.has(name)) this.#indexes.set(name, index);
    this.#writer.defineAtom(this.#node, index, name);
  }

  name(index: number): string | undefined {
    return this.#names.get(index);
  }

  /** The index of a name, made up where the node has not told one. */
  index(name: string): number {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const index = this.#own++;
    this.define(index, name);
    return index;
  }

  /** The index of a name that the node has told, without adding one. */
  known(name: string): number | undefined {
    return this.#indexes.get(name);
  }
}
