/**
 * Erlang terms as the whole program sees them: what a recording holds, what a node answers, what a person types.
 *
 * A recorded term is bounded: where the probe left something out, the term says so (`size` larger than what is there,
 * `more`, a `cut`, a `redacted`), and whoever shows it must show that too.
 */
export type Term =
  | IntegerTerm
  | FloatTerm
  | AtomTerm
  | BinaryTerm
  | BitstringTerm
  | TupleTerm
  | ListTerm
  | MapTerm
  | PidTerm
  | PortTerm
  | ReferenceTerm
  | FunctionTerm
  | ExportTerm
  | CutTerm
  | RedactedTerm
  | StateMarkTerm
  | OpaqueTerm;

/** `number` where it is a safe integer, `bigint` otherwise. */
export interface IntegerTerm {
  readonly kind: 'integer';
  readonly value: number | bigint;
}
export interface FloatTerm {
  readonly kind: 'float';
  readonly value: number;
}
export interface AtomTerm {
  readonly kind: 'atom';
  readonly name: string;
}
/** `size` is the true size in bytes; `bytes` holds the first ones. */
export interface BinaryTerm {
  readonly kind: 'binary';
  readonly bytes: Uint8Array;
  readonly size: number;
}
/** `bits` is the true size in bits, not a multiple of 8; the last byte of an uncut one is filled from the top. */
export interface BitstringTerm {
  readonly kind: 'bitstring';
  readonly bytes: Uint8Array;
  readonly bits: number;
}
/** `size` is the true arity; `elements` holds the first ones. */
export interface TupleTerm {
  readonly kind: 'tuple';
  readonly elements: readonly Term[];
  readonly size: number;
}
/** `tail` of an improper list; `more`: elements after these were cut (how many is not known). */
export interface ListTerm {
  readonly kind: 'list';
  readonly elements: readonly Term[];
  readonly tail?: Term;
  readonly more?: true;
}
/** `size` is the true number of pairs; `entries` holds some of them, in the node's own order. */
export interface MapTerm {
  readonly kind: 'map';
  readonly entries: readonly (readonly [Term, Term])[];
  readonly size: number;
}
/** `node` is absent for a pid of the recorded node itself. */
export interface PidTerm {
  readonly kind: 'pid';
  readonly node?: string;
  readonly number: number;
  readonly serial: number;
  readonly creation?: number;
}
export interface PortTerm {
  readonly kind: 'port';
  readonly node?: string;
  readonly number: number | bigint;
  readonly creation?: number;
}
/** `words` in the order of the External Term Format: the last one is printed first. */
export interface ReferenceTerm {
  readonly kind: 'reference';
  readonly node?: string;
  readonly words: readonly number[];
  readonly creation?: number;
}
/** A fun with an environment, as Erlang prints it: `#Fun<module.index.uniq>`. */
export interface FunctionTerm {
  readonly kind: 'function';
  readonly text: string;
  /** The bytes of a fun from the External Term Format, to send it back unchanged. Recorded funs have none. */
  readonly external?: Uint8Array;
}
/** `fun module:name/arity`. */
export interface ExportTerm {
  readonly kind: 'export';
  readonly module: string;
  readonly name: string;
  readonly arity: number;
}
/** Left out by the encoder. `of` names what was there when the depth limit was met; `size` its elements, where known. */
export interface CutTerm {
  readonly kind: 'cut';
  readonly why: 'depth' | 'bytes';
  readonly of?: 'tuple' | 'list' | 'map' | 'other';
  readonly size?: number;
}
/** A secret, replaced inside the traced node. */
export interface RedactedTerm {
  readonly kind: 'redacted';
}
/** The process's state, which stands in the `state` event. */
export interface StateMarkTerm {
  readonly kind: 'stateMark';
}
/** Something the probe could only give as text. */
export interface OpaqueTerm {
  readonly kind: 'opaque';
  readonly text: string;
}
