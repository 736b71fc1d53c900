/**
 * Functions from inside: calls and how they end, lines and values, what the probe tells of the code and of how deep it is recorded
 * (docs/formats/wire.md, records 12 to 14 and 23 to 30).
 */
import {
  atom,
  decodeTerm,
  encodeTerm,
  encodeTerms,
  int,
  TermError,
  tuple,
  type IntegerTerm,
  type Term,
} from '../../term/index.js';
import { RecordFlags, RecordKind, WireError, type RecordCursor, type Source } from '../../wire/index.js';
import { DEPTHS, Flags, kindCode, type EventRow, type FunctionId, type PointInfo, type Seq } from '../model.js';
import type { RecordingWriter } from '../writer-api.js';
import type { NodeAtoms } from './atoms.js';
import { builtInKind, callsOthers, elementsOf, type BuiltInKind, type PendingBuiltIn } from './built-ins.js';
import type { LiveProcess } from './processes.js';
import { Sites } from './sites.js';

const NOTHING = new Uint8Array(0);
const KIND = {
  CALL: kindCode('call'),
  RETURN: kindCode('return'),
  EXCEPTION: kindCode('exception'),
  TAIL: kindCode('tail'),
  LINE: kindCode('line'),
  EXPRESSION: kindCode('expression'),
  COUNT: kindCode('count'),
  PLAN: kindCode('plan'),
  MEMORY: kindCode('memory'),
  GAP: kindCode('gap'),
};
const WHAT: readonly (PointInfo['what'] | undefined)[] = [undefined, 'line', 'bound', 'expression'];
/** Built-in functions that call back run inside of each other; no deeper than this. */
const MAX_BUILT_INS = 16;

interface BuiltIn {
  kind: BuiltInKind;
  leaf: boolean;
}

/** What the records of one node share. */
export interface RowSink {
  readonly writer: RecordingWriter;
  readonly node: number;
  readonly atoms: NodeAtoms;
  /** Filled in for the record: time, process, flags; everything else is 0 or empty. */
  readonly row: EventRow;
  /** Adds to a time of the record to get nanoseconds since the recording's start. */
  readonly offsetNs: number;
  /** Two payloads as one; valid until the next call. */
  join(a: Uint8Array, b: Uint8Array): Uint8Array;
}

export class CodeRecords {
  readonly #sink: RowSink;
  readonly #functions = new Sites();
  readonly #points = new Sites();
  /** The function that a point lies in. */
  readonly #inside = new Map<FunctionId, FunctionId>();
  readonly #builtIns = new Map<FunctionId, BuiltIn | undefined>();
  /** What calls of sites that nobody has told of are calls of. */
  #unknown: FunctionId = 0;

  constructor(sink: RowSink) {
    this.#sink = sink;
  }

  source({ module, file, language, text, why }: Source): void {
    const { writer, node } = this.#sink;
    writer.addSource({ node, module, file, language, text: text ?? undefined, why: why ?? undefined });
  }

  /** A record of no process; false: it is none of these. */
  ofNode(record: RecordCursor): boolean {
    switch (record.kind) {
      case RecordKind.FUNCTION:
        this.#function(record);
        return true;
      case RecordKind.POINT:
        this.#point(record);
        return true;
      case RecordKind.COUNT:
        this.#count(record);
        return true;
      case RecordKind.PLAN:
        this.#plan(record);
        return true;
      case RecordKind.MEMORY:
        this.#memory(record);
        return true;
      default:
        return false;
    }
  }

  call(process: LiveProcess, record: RecordCursor): void {
    const { row } = this.#sink;
    if (process.builtIns.length > 0) this.#endFailed(process);
    row.cause = this.enclosing(process);
    let builtIn: BuiltIn | undefined;
    if (record.flags & RecordFlags.SITE) row.fn = this.#functionAt(record.u32());
    else {
      const module = record.u32();
      const name = record.u32();
      row.fn = this.#sink.writer.functionId(this.#sink.node, module, name, record.u32());
      builtIn = this.#builtIn(row.fn, module, name);
    }
    const args = record.term();
    if (builtIn !== undefined) return this.#beginBuiltIn(process, builtIn, args);
    const seq = this.#append(KIND.CALL, args);
    if (!process.calls.push(seq, row.fn) && !process.tooDeep) {
      process.tooDeep = true;
      this.#gap('too many open calls', seq);
    }
  }

  /** RETURN, EXCEPTION, TAIL. */
  end(process: LiveProcess, record: RecordCursor): void {
    const { row } = this.#sink;
    if (record.flags & RecordFlags.SITE) row.fn = this.#functionAt(record.u32());
    else {
      const module = record.u32();
      const name = record.u32();
      row.fn = this.#sink.writer.functionId(this.#sink.node, module, name, record.u32());
      const builtIn = this.#builtIn(row.fn, module, name);
      // That of telemetry was written when it began.
      if (builtIn !== undefined) return builtIn.kind === 'telemetry' ? undefined : this.#endBuiltIn(process, record);
    }
    if (process.builtIns.length > 0) {
      const { fn } = row;
      this.#endFailed(process);
      row.fn = fn;
    }
    row.cause = process.calls.end(row.fn);
    if (record.kind === RecordKind.TAIL) this.#append(KIND.TAIL, NOTHING);
    else if (record.kind === RecordKind.RETURN) this.#append(KIND.RETURN, record.term());
    else {
      const className = encodeTerm(this.#className(record.u32()), this.#sink.atoms);
      this.#append(KIND.EXCEPTION, this.#sink.join(className, record.term()));
    }
  }

  /** LINE, VALUE. */
  line(process: LiveProcess, record: RecordCursor): void {
    const { row } = this.#sink;
    if (process.builtIns.length > 0) this.#endFailed(process);
    row.fn = this.#points.get(record.u32());
    if (row.fn === 0) throw new WireError('a line of a point that nobody has told of');
    row.cause = process.calls.find(this.#inside.get(row.fn) ?? 0);
    // A fun has a frame of its own, so what stood inside of this one has ended in ways that were not recorded.
    if (row.cause > 0 && row.cause !== process.calls.top) process.calls.dropAfter(row.cause);
    this.#append(record.kind === RecordKind.LINE ? KIND.LINE : KIND.EXPRESSION, record.term());
  }

  /** MEMORY of a process. */
  memory(record: RecordCursor): void {
    this.#memory(record);
  }

  /** The innermost call or callback that a process is in, 0 for none. */
  enclosing(process: LiveProcess): Seq {
    const call = process.calls.top;
    const { callbacks } = process;
    const callback = callbacks.length === 0 ? 0 : callbacks[callbacks.length - 1]!.seq;
    return call > callback ? call : callback;
  }

  /** What a process was in when it ended is written without an end. */
  abandon(process: LiveProcess): void {
    this.#endFailed(process);
    for (const pending of process.builtIns) this.#appendBuiltIn(pending, NOTHING);
    process.builtIns.length = 0;
  }

  #function(record: RecordCursor): void {
    const { writer, node } = this.#sink;
    const site = record.u32();
    const id = writer.functionId(node, record.u32(), record.u32(), record.u32());
    const line = record.u32();
    const depth = DEPTHS[record.u32()];
    if (depth === undefined || !this.#functions.set(site, id)) throw new WireError('a function that makes no sense');
    writer.describeFunction(id, line, depth);
  }

  #point(record: RecordCursor): void {
    const site = record.u32();
    const fn = this.#functions.get(record.u32());
    const what = WHAT[record.u32()];
    const line = record.u32();
    const column = record.u32();
    const label = record.term();
    const names = record.term();
    // Probes that do not know scopes end here.
    const scope = record.end - record.at >= 4 ? record.term() : NOTHING;
    if (fn === 0 || what === undefined) throw new WireError('a point of a function that nobody has told of');
    const point: PointInfo = {
      what,
      line,
      column,
      label: textOf(this.#decode(label)),
      names: namesOf(this.#decode(names)),
      ...this.#scope(scope),
    };
    if (site >= 2 ** 24) throw new WireError('a point that makes no sense');
    const id = this.#sink.writer.pointId(fn, point);
    this.#points.set(site, id);
    this.#inside.set(id, fn);
  }

  /** Where the probe could not tell all of it, nothing is told. */
  #scope(bytes: Uint8Array): Pick<PointInfo, 'scope'> {
    const term = this.#decode(bytes);
    const whole = term?.kind === 'list' && !term.more && term.elements.every(({ kind }) => kind === 'tuple');
    return whole ? { scope: namesOf(term) } : {};
  }

  #count(record: RecordCursor): void {
    const { row, atoms } = this.#sink;
    row.fn = this.#functions.get(record.u32());
    if (row.fn === 0) throw new WireError('a count of a function that nobody has told of');
    const calls = record.u64();
    const from = Math.max(0, record.time() + this.#sink.offsetNs);
    const to = Math.max(from, record.time() + this.#sink.offsetNs);
    this.#append(KIND.COUNT, encodeTerm(tuple(wholeNumber(calls), wholeNumber(from), wholeNumber(to)), atoms));
  }

  #plan(record: RecordCursor): void {
    const { row, atoms } = this.#sink;
    row.fn = this.#functions.get(record.u32());
    const before = DEPTHS[record.u32()];
    const after = DEPTHS[record.u32()];
    if (row.fn === 0 || before === undefined || after === undefined)
      throw new WireError('a change of plan that makes no sense');
    const depths = encodeTerms([atom(before), atom(after)], atoms);
    const why = record.term();
    // A tuple of three: tag, size, kept.
    const payload = new Uint8Array(3 + depths.length + Math.max(1, why.length));
    payload.set([0x8d, 3, 3]);
    payload.set(depths, 3);
    if (why.length > 0) payload.set(why, 3 + depths.length);
    else payload[3 + depths.length] = 0x80;
    this.#append(KIND.PLAN, payload);
  }

  #memory(record: RecordCursor): void {
    const [a, b, c, d] = [record.u64(), record.u64(), record.u64(), record.u64()];
    const sizes = tuple(wholeNumber(a), wholeNumber(b), wholeNumber(c), wholeNumber(d));
    this.#append(KIND.MEMORY, encodeTerm(sizes, this.#sink.atoms));
  }

  #functionAt(site: number): FunctionId {
    const known = this.#functions.get(site);
    if (known !== 0) return known;
    const { writer, node, atoms } = this.#sink;
    // One for all of them: whatever a stream claims, it gets no more names.
    return (this.#unknown ||= writer.functionId(node, atoms.index('unknown'), atoms.index('unknown'), 0));
  }

  #builtIn(fn: FunctionId, module: number, name: number): BuiltIn | undefined {
    const known = this.#builtIns.get(fn);
    if (known !== undefined || this.#builtIns.has(fn)) return known;
    const { atoms } = this.#sink;
    const moduleName = atoms.name(module);
    const functionName = atoms.name(name);
    const kind = builtInKind(moduleName, functionName);
    const builtIn = kind && { kind, leaf: !callsOthers(moduleName, functionName) };
    // An atom may be told later than it is used.
    if (moduleName !== undefined && functionName !== undefined) this.#builtIns.set(fn, builtIn);
    return builtIn;
  }

  #beginBuiltIn(process: LiveProcess, { kind, leaf }: BuiltIn, args: Uint8Array): void {
    const { fn, cause } = this.#sink.row;
    const begun: PendingBuiltIn = { kind, fn, cause, args: args.slice(), leaf };
    // Its handlers run inside of it, and nobody tells when they are done.
    if (kind === 'telemetry') return this.#appendBuiltIn(begun, NOTHING);
    if (process.builtIns.length >= MAX_BUILT_INS) process.builtIns.shift();
    process.builtIns.push(begun);
  }

  /** A function that calls nothing has failed when its process does something else before its end was told. */
  #endFailed(process: LiveProcess): void {
    const pending = process.builtIns.at(-1);
    if (!pending?.leaf) return;
    process.builtIns.pop();
    const { row } = this.#sink;
    const { flags } = row;
    row.flags |= Flags.RAISED;
    this.#appendBuiltIn(pending, NOTHING);
    row.flags = flags;
  }

  #endBuiltIn(process: LiveProcess, record: RecordCursor): void {
    const { row, atoms } = this.#sink;
    const at = process.builtIns.findLastIndex((pending) => pending.fn === row.fn);
    if (at < 0) return;
    const pending = process.builtIns[at]!;
    // Those inside of it ended in ways that were not recorded.
    process.builtIns.length = at;
    if (record.kind === RecordKind.RETURN) return this.#appendBuiltIn(pending, record.term());
    if (record.kind !== RecordKind.EXCEPTION) return this.#appendBuiltIn(pending, NOTHING);
    const className = encodeTerm(this.#className(record.u32()), atoms);
    const reason = record.term();
    const failure = new Uint8Array(3 + className.length + Math.max(1, reason.length));
    failure.set([0x8d, 2, reason.length > 0 ? 2 : 1]);
    failure.set(className, 3);
    failure.set(reason, 3 + className.length);
    row.flags |= Flags.RAISED;
    this.#appendBuiltIn(pending, failure.subarray(0, 3 + className.length + reason.length));
  }

  #appendBuiltIn({ kind, fn, cause, args }: PendingBuiltIn, result: Uint8Array): void {
    const { row } = this.#sink;
    row.fn = fn;
    row.cause = cause;
    if (kind === 'telemetry') this.#append(kindCode(kind), elementsOf(args));
    else this.#append(kindCode(kind), result.length > 0 ? this.#sink.join(args, result) : args);
  }

  #gap(reason: string, count: Seq): void {
    const { row, atoms } = this.#sink;
    const { ns, process } = row;
    Object.assign(row, { fn: 0, cause: 0, flags: 0, ns, process });
    const gap = tuple(atom(reason), wholeNumber(Math.min(count, 1)), wholeNumber(ns), wholeNumber(ns));
    this.#append(KIND.GAP, encodeTerm(gap, atoms));
  }

  #className(index: number): Term {
    return atom(this.#sink.atoms.name(index) ?? 'error');
  }

  /** Terms of the probe itself; what is none is left out. */
  #decode(bytes: Uint8Array): Term | undefined {
    if (bytes.length === 0) return undefined;
    try {
      return decodeTerm(bytes, 0, this.#sink.atoms).term;
    } catch (error) {
      if (error instanceof TermError) return undefined;
      throw error;
    }
  }

  #append(kind: number, payload: Uint8Array): Seq {
    const { row, writer } = this.#sink;
    row.kind = kind;
    row.payload = payload;
    return writer.append(row);
  }
}

function textOf(term: Term | undefined): string {
  if (term?.kind === 'binary') return Buffer.from(term.bytes).toString('utf8');
  return term?.kind === 'atom' ? term.name : '';
}

/** `[{Name, Line}]`, a name as binary or atom. */
function namesOf(term: Term | undefined): { name: string; line: number }[] {
  if (term?.kind !== 'list') return [];
  return term.elements.map((pair) => {
    const [name, line] = pair.kind === 'tuple' ? pair.elements : [];
    return { name: textOf(name), line: line?.kind === 'integer' ? Math.max(0, Number(line.value)) : 0 };
  });
}

/** Numbers from outside may be of any size; beyond what is exact they stop growing. */
export const wholeNumber = (value: number): IntegerTerm =>
  int(Math.max(0, Math.min(Math.round(value), Number.MAX_SAFE_INTEGER)));
