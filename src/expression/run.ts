/** One evaluation: what it may still spend, and how it ends early. */
import type { Term } from '../term/index.js';
import { Raised, Unknown } from './error.js';

/** A function of the expression itself. It can be handed on, but is no value that could be shown. */
export interface Closure {
  readonly kind: 'closure';
  readonly arity: number;
  readonly apply: (args: readonly Value[]) => Value;
}
export type Value = Term | Closure;

/** A function that is known here. It does nothing but compute. */
export type Builtin = (run: Run, ...args: Value[]) => Value;

/** Bits of an integer, bytes of a text, elements of a list: nothing larger is made. */
export const MAX_BITS = 1 << 16;
export const MAX_BYTES = 1 << 20;
export const MAX_ELEMENTS = 100_000;

export class Run {
  /** Where in the text the part under way stands. */
  at = 0;

  constructor(private steps: number) {}

  /** Each part that is looked at costs a step. */
  spend(steps = 1): void {
    this.steps -= steps;
    if (this.steps < 0) this.unknown('this takes too long to evaluate');
  }

  raise(message: string): never {
    throw new Raised(message, this.at);
  }

  unknown(why: string): never {
    throw new Unknown(why, this.at);
  }

  badArgument(what = 'argument error'): never {
    return this.raise(`ArgumentError: ${what}`);
  }

  /** The term itself, when it is there. */
  known(value: Value): Term {
    switch (value.kind) {
      case 'closure':
        return this.badArgument('a function stands where a value is needed');
      case 'cut':
        return this.unknown('the value was cut when it was recorded');
      case 'redacted':
        return this.unknown('the value was redacted');
      case 'stateMark':
        return this.unknown('the value is the state of the process, which stands elsewhere in the recording');
      case 'opaque':
        return this.unknown(`the value was not recorded as a term: ${value.text.slice(0, 100)}`);
      default:
        return value;
    }
  }

  /** A term, cut or not: for what only passes it on. */
  term(value: Value): Term {
    if (value.kind === 'closure') return this.badArgument('a function stands where a value is needed');
    return value;
  }

  closure(value: Value, arity: number): Closure {
    if (value.kind !== 'closure') {
      this.known(value);
      return this.badArgument('a function is needed here, such as &(&1 + 1)');
    }
    if (value.arity !== arity)
      this.raise(`BadArityError: a function of ${String(value.arity)} is called with ${String(arity)}`);
    return value;
  }

  call(closure: Closure, ...args: Value[]): Value {
    const { at } = this;
    this.spend();
    const value = closure.apply(args);
    this.at = at;
    return value;
  }

  /** Whether a condition holds: `true` or `false`, or with `loose` anything but nil and false. */
  truth(value: Value, loose = false): boolean {
    if (value.kind === 'closure') return loose || this.badArgument('a function is no condition');
    const term = this.known(value);
    if (term.kind === 'atom') {
      if (term.name === 'true') return true;
      if (term.name === 'false') return false;
      if (loose) return term.name !== 'nil';
    } else if (loose) return true;
    return this.raise('BadBooleanError: true or false is needed here');
  }
}
