/** Exceptions that left recorded functions, each once, however many functions it passed on its way out; and the tests that failed by one. */
import { compareEqual, elixirAtom, printTerm, utf8Text, type PrintOptions, type Term } from '../term/index.js';
import type { FunctionId, FunctionInfo, ProcessId, Seq } from './model.js';
import type { RecordedEvent } from './query.js';

/** One exception. */
export interface Raise {
  /** Of the event in which it left the innermost recorded function. */
  seq: Seq;
  ns: number;
  process: ProcessId;
  /** The innermost and the outermost recorded function that it left. */
  fn: FunctionId;
  outermost: FunctionId;
  /** `error`, `exit` or `throw`, and what was raised; undefined: not recorded. */
  class: string | undefined;
  reason: Term | undefined;
  /** A function of a test was among those that it left. */
  test: boolean;
}

interface Unwinding {
  raise: Raise;
  /** The call that the exception ended last. */
  call: Seq;
}

/** Takes `exception` events in their order; those of one unwinding become one entry, which may still change while the process unwinds. */
export class Raises {
  readonly list: Raise[] = [];
  private readonly unwinding = new Map<ProcessId, Unwinding>();

  constructor(private readonly nameOf: (fn: FunctionId) => Pick<FunctionInfo, 'name' | 'arity'> | undefined) {}

  add(event: RecordedEvent): void {
    const { seq, ns, process, fn, cause } = event;
    const [kind, reason] = event.terms;
    const test = isTest(this.nameOf(fn));
    const open = this.unwinding.get(process);
    // A call that began before the one that it ended last: the next function on its way out.
    if (open !== undefined && cause > 0 && cause < open.call && same(open.raise.reason, reason)) {
      open.call = cause;
      open.raise.outermost = fn;
      open.raise.test ||= test;
      return;
    }
    const raise: Raise = {
      seq,
      ns,
      process,
      fn,
      outermost: fn,
      class: kind?.kind === 'atom' ? kind.name : undefined,
      reason,
      test,
    };
    this.list.push(raise);
    this.unwinding.set(process, { raise, call: cause });
  }
}

const same = (a: Term | undefined, b: Term | undefined): boolean =>
  a === undefined || b === undefined ? a === b : compareEqual(a, b) !== 'different';

/** Functions that ExUnit (`test`, `property`, `doctest`) and EUnit (`…_test`) run as tests. */
const isTest = (fn: Pick<FunctionInfo, 'name' | 'arity'> | undefined): boolean =>
  fn !== undefined &&
  ((fn.arity === 1 && /^(test|property|doctest) /.test(fn.name)) || (fn.arity === 0 && fn.name.endsWith('_test')));

/** What was raised, in one line: `** (KeyError) key :mug not found`, `:function_clause`, `throw :done`. */
export function raiseText({ class: kind, reason }: Raise, options: Pick<PrintOptions, 'syntax' | 'maxLength'>): string {
  if (reason === undefined) return 'not recorded';
  const said = exceptionText(reason);
  if (said !== undefined) return said;
  const printed = printTerm(reason, options);
  return kind === undefined || kind === 'error' ? printed : `${kind} ${printed}`;
}

/** An exception of Elixir that carries its message, whole. */
function exceptionText(reason: Term): string | undefined {
  if (reason.kind !== 'map') return undefined;
  const field = (name: string): Term | undefined =>
    reason.entries.find(([key]) => key.kind === 'atom' && key.name === name)?.[1];
  const module = field('__struct__');
  const message = field('message');
  if (module?.kind !== 'atom' || field('__exception__') === undefined || message?.kind !== 'binary') return undefined;
  const text = message.size === message.bytes.length ? utf8Text(message.bytes) : undefined;
  return text === undefined ? undefined : `** (${elixirAtom(module.name)}) ${text.replaceAll(/\s+/g, ' ').trim()}`;
}
