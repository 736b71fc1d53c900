/**
 * The distribution header's list of atoms, and the cache that it refers to (erts/doc, "Distribution Header"). A message behind such a
 * header names its atoms by their place in the list; an atom in the list stands there as text, or by its place in the cache.
 */
import { BeamError } from '../beam-error.js';

const CACHE_ENTRIES = 2048;
/** An atom has at most 255 characters. */
const MAX_ATOM_BYTES = 255 * 4;

export class AtomCache {
  readonly #cached: (string | undefined)[] = new Array<undefined>(CACHE_ENTRIES).fill(undefined);
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

  /** Reads the list that begins at `at`, and remembers what is new in it. Throws a BeamError `protocol`. */
  read(packet: Uint8Array, at: number): { atoms: readonly string[]; end: number } {
    const byte = (place: number): number => {
      const value = packet[place];
      if (value === undefined) throw new BeamError('protocol', 'a distribution header is cut off');
      return value;
    };
    const count = byte(at++);
    if (count === 0) return { atoms: [], end: at };
    // Half a byte for each atom, the lower half first, and one more for all of them.
    const flags = at;
    const flagsOf = (index: number): number => (byte(flags + (index >> 1)) >> (index % 2 === 0 ? 0 : 4)) & 15;
    const lengthBytes = (flagsOf(count) & 1) + 1;
    at += (count >> 1) + 1;
    const atoms: string[] = [];
    for (let i = 0; i < count; i++) {
      const entry = ((flagsOf(i) & 7) << 8) | byte(at++);
      if ((flagsOf(i) & 8) !== 0) {
        const length = lengthBytes === 1 ? byte(at) : (byte(at) << 8) | byte(at + 1);
        at += lengthBytes;
        if (length > MAX_ATOM_BYTES) throw new BeamError('protocol', `an atom of ${length} bytes`);
        if (at + length > packet.length) throw new BeamError('protocol', 'a distribution header is cut off');
        this.#cached[entry] = this.#utf8.decode(packet.subarray(at, at + length));
        at += length;
      }
      const atom = this.#cached[entry];
      if (atom === undefined) throw new BeamError('protocol', `atom ${entry} of the cache was never told`);
      atoms.push(atom);
    }
    return { atoms, end: at };
  }
}
