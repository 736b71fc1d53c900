/**
 * Terms without what differs between any two runs: pids become the role of their process, references and ports lose their number, funs the
 * fingerprint of their module; integers that are times or unique numbers by their size become one and the same.
 */
import type { Term } from '../term/index.js';
import type { Roles } from './roles.js';

/**
 * Integers of this size are taken for times (seconds since 1970 in any unit, the VM's monotonic time) or unique integers, which start far
 * below zero: whoever counts so far is not compared exactly.
 */
const TIME_LIKE = 1_000_000_000;
/** Longer binaries are looked into for pids and times no further than this. */
const MAX_TEXT = 4_096;

const NOISE = /(?:#PID)?<\d+\.\d+\.\d+>|#Reference<[\d.]+>|#Ref<[\d.]+>|#Port<[\d.]+>|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?|\b\d\d:\d\d:\d\d\.\d+/g; // prettier-ignore

export const isTimeLike = (value: number | bigint): boolean => value >= TIME_LIKE || value <= -TIME_LIKE;

/** A text without pids, references and times. */
export const plainText = (text: string): string => text.replace(NOISE, '‹…›');
export const funText = (text: string): string => text.replace(/\.\d+(?:\/\d+)?>$/, '>');

const opaque = (text: string): Term => ({ kind: 'opaque', text });
const TIME = opaque('‹time or unique number›');
const REFERENCE = opaque('#Reference');
const PORT = opaque('#Port');

/** Whether a binary may hold the text of a pid or a time: with `<` or `:`, which is cheap to see. */
export function mayHoldNoise(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_TEXT) return false;
  for (const byte of bytes) if (byte === 0x3c || byte === 0x3a) return true;
  return false;
}

export class Canon {
  constructor(
    readonly roles: Roles,
    readonly node: number,
  ) {}

  /** The text for a pid. */
  pid(term: Extract<Term, { kind: 'pid' }>): string {
    const process = term.node === undefined ? this.roles.ofPid(this.node, term.number, term.serial) : 0;
    return process === 0 ? 'another process' : this.roles.text(process);
  }

  /** The same for terms that mean the same in two runs. */
  term(term: Term): Term {
    switch (term.kind) {
      case 'integer':
        return isTimeLike(term.value) ? TIME : term;
      case 'pid':
        return opaque(`‹${this.pid(term)}›`);
      case 'reference':
        return REFERENCE;
      case 'port':
        return PORT;
      case 'function':
        return opaque(funText(term.text));
      case 'opaque':
        return opaque(plainText(term.text));
      case 'binary': {
        if (!mayHoldNoise(term.bytes)) return term;
        const text = Buffer.from(term.bytes).toString('latin1');
        const plain = plainText(text);
        if (plain === text) return term;
        const bytes = Buffer.from(plain, 'utf8');
        return { kind: 'binary', bytes, size: bytes.length + Math.max(0, term.size - term.bytes.length) };
      }
      case 'tuple':
        return { ...term, elements: term.elements.map((each) => this.term(each)) };
      case 'list':
        return {
          ...term,
          elements: term.elements.map((each) => this.term(each)),
          ...(term.tail === undefined ? {} : { tail: this.term(term.tail) }),
        };
      case 'map':
        return { ...term, entries: term.entries.map(([key, value]) => [this.term(key), this.term(value)] as const) };
      case 'float':
      case 'atom':
      case 'bitstring':
      case 'export':
      case 'cut':
      case 'redacted':
      case 'stateMark':
        return term;
    }
  }
}
