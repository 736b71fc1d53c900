/**
 * Turns the records of one node, in order of time, into the rows of a recording: gives pids their incarnation, pairs sends with arrivals,
 * arrivals with the callbacks that handle them, and calls with their returns, and makes state events out of what callbacks were given and gave.
 */
import { atom, atomIndex, decodeTerm, encodeTerm, tuple } from '../../term/index.js';
import { GAP_REASONS, RecordFlags, RecordKind, WireError, type RecordCursor, type Source } from '../../wire/index.js';
import { Flags, kindCode, type EventRow, type FunctionId, type ProcessId, type Seq } from '../model.js';
import type { RecordingWriter } from '../writer-api.js';
import { NodeAtoms } from './atoms.js';
import { CodeRecords, wholeNumber } from './code-records.js';
import { Envelopes, referenceKey } from './envelope.js';
import { fingerprint, fullFingerprint } from './fingerprint.js';
import type { Wrapping } from './inbox.js';
import { PendingSends } from './pending-sends.js';
import { Processes, type LiveProcess } from './processes.js';

const NOTHING = new Uint8Array(0);
const CALLS: ReadonlySet<number> = new Set([RecordKind.CALL, RecordKind.RETURN, RecordKind.TAIL, RecordKind.EXCEPTION]);
/** Behaviours that take messages in the order of arrival. */
const IN_ORDER: ReadonlySet<string> = new Set(['gen_server', 'gen_statem', 'gen_event']);
/** A recording is never longer (52 days), so that times stay exact. */
const LONGEST_NS = 2 ** 52;
/** Owners of reply aliases that are waited for. */
const MAX_ALIASES = 100_000;

const OWN_KINDS = [
  'spawn',
  'exit',
  'link',
  'unlink',
  'register',
  'unregister',
  'send',
  'arrive',
  'handle',
  'handled',
  'state',
  'gc',
  'schedule',
  'log',
  'module',
  'node',
  'gap',
] as const;
type OwnKind = (typeof OWN_KINDS)[number];
const KIND = Object.fromEntries(OWN_KINDS.map((kind) => [kind, kindCode(kind)])) as Record<OwnKind, number>;

export class NodeIngest {
  readonly #writer: RecordingWriter;
  readonly #node: number;
  readonly #offsetNs: number;
  readonly #atoms: NodeAtoms;
  readonly #processes: Processes;
  readonly #envelopes: Envelopes;
  readonly #sends = new PendingSends();
  readonly #aliases = new Map<string, ProcessId>();
  /** Functions called handle_cast. */
  readonly #casts = new Set<FunctionId>();
  /** Of the probe's processes. */
  readonly #ownPids = new Set<number>();
  readonly #code: CodeRecords;
  readonly #row: EventRow & { node: number } = {
    node: 0,
    kind: 0,
    flags: 0,
    ns: 0,
    process: 0,
    peer: 0,
    fn: 0,
    cause: 0,
    payload: NOTHING,
  };
  #scratch = new Uint8Array(4096);
  /** Time of the last row of the whole recording. */
  readonly #clock: { ns: number };

  /**
   * @param offsetNs what to add to the node's clock (since its HELLO) to get nanoseconds since the recording's start
   * @param clock shared by all nodes of a recording
   */
  constructor(writer: RecordingWriter, node: number, offsetNs: number, clock: { ns: number }) {
    this.#writer = writer;
    this.#node = node;
    this.#offsetNs = offsetNs;
    this.#clock = clock;
    this.#row.node = node;
    this.#atoms = new NodeAtoms(writer, node);
    this.#processes = new Processes(writer, node, this.#atoms);
    this.#envelopes = new Envelopes(this.#atoms);
    const join = (a: Uint8Array, b: Uint8Array): Uint8Array => this.#join(a, b);
    this.#code = new CodeRecords({ writer, node, atoms: this.#atoms, row: this.#row, offsetNs, join });
  }

  /** Takes the record a cursor stands on. @throws WireError, TermError on hostile bytes */
  record(record: RecordCursor): void {
    if (record.kind === RecordKind.ATOM) {
      const index = record.u32();
      this.#atoms.define(index, record.string());
      return;
    }
    const row = this.#row;
    const ns = record.ns + this.#offsetNs;
    if (!(Math.abs(ns) < LONGEST_NS)) throw new WireError('a record is dated outside of any possible recording');
    const late = ns < this.#clock.ns;
    if (!late) this.#clock.ns = ns;
    row.ns = this.#clock.ns;
    row.flags = late && this.#clock.ns - ns > 1000 ? Flags.CLAMPED : 0;
    row.peer = 0;
    row.fn = 0;
    row.cause = 0;
    row.payload = NOTHING;
    if (record.kind === RecordKind.GAP) return this.#gap(record);
    if (record.kind === RecordKind.MODULE) return this.#module(record);
    if (record.kind === RecordKind.SPAWN) return this.#spawn(record.u64(), this.#processes.of(record.subject), record);
    if (record.kind === RecordKind.SPAWNED) {
      const parent = record.u64();
      return this.#spawn(record.subject, parent === 0 ? undefined : this.#processes.of(parent), record);
    }
    // The probe measures what a call costs by making some.
    if ((record.flags & RecordFlags.SITE) !== 0 && CALLS.has(record.kind) && this.#ownPids.has(record.subject)) return;
    const process = record.subject === 0 ? undefined : this.#processes.of(record.subject);
    row.process = process?.id ?? 0;
    if (!process) return this.#nodeRecord(record);
    this.#processRecord(process, record);
  }

  /** The source of a rewritten module. */
  source(source: Source): void {
    this.#code.source(source);
  }

  /** The probe's own processes: shown as what they are where the program speaks to them. */
  ownProcesses(pids: readonly number[]): void {
    for (const pid of pids) {
      const process = this.#processes.of(pid);
      this.#ownPids.add(pid);
      this.#writer.updateProcess(process.id, { label: 'elixirscope probe' });
    }
  }

  /** The node is there, or gone. */
  nodeEvent(change: 'up' | 'down', reason: string): void {
    this.#ownRow();
    this.#append('node', encodeTerm(tuple(atom(change), atom(reason)), this.#atoms));
  }

  /** A hole that the recorder itself noticed; `from` and `to` are ns of the recording. */
  gap(reason: string, count: number, fromNs = this.#clock.ns, toNs = this.#clock.ns): void {
    this.#ownRow();
    this.#append(
      'gap',
      encodeTerm(tuple(atom(reason), wholeNumber(count), wholeNumber(fromNs), wholeNumber(toNs)), this.#atoms),
    );
  }

  #ownRow(): void {
    Object.assign(this.#row, { ns: this.#clock.ns, flags: 0, process: 0, peer: 0, fn: 0, cause: 0, payload: NOTHING });
  }

  #nodeRecord(record: RecordCursor): void {
    if (record.kind === RecordKind.LOG) this.#append('log', record.term());
    else this.#code.ofNode(record);
  }

  #processRecord(process: LiveProcess, record: RecordCursor): void {
    const row = this.#row;
    switch (record.kind) {
      case RecordKind.PROCESS:
        this.#processes.snapshot(process, decodeTerm(record.term(), 0, this.#atoms).term);
        return;
      case RecordKind.EXIT:
        this.#code.abandon(process);
        Object.assign(row, { fn: 0, cause: 0 });
        this.#processes.exited(process, this.#append('exit', record.term()));
        return;
      case RecordKind.LINK:
      case RecordKind.UNLINK: {
        const other = record.u64();
        if (other !== 0) row.peer = this.#processes.of(other).id;
        this.#append(record.kind === RecordKind.LINK ? 'link' : 'unlink', record.term());
        return;
      }
      case RecordKind.REGISTER:
      case RecordKind.UNREGISTER:
        return this.#name(process, record);
      case RecordKind.SEND:
        return this.#send(process, record);
      case RecordKind.ARRIVE:
        return this.#arrive(process, record);
      case RecordKind.CALL:
        return this.#code.call(process, record);
      case RecordKind.RETURN:
      case RecordKind.EXCEPTION:
      case RecordKind.TAIL:
        return this.#code.end(process, record);
      case RecordKind.LINE:
      case RecordKind.VALUE:
        return this.#code.line(process, record);
      case RecordKind.MEMORY:
        return this.#code.memory(record);
      case RecordKind.CALLBACK:
        return this.#callback(process, record);
      case RecordKind.CALLBACK_RETURN:
        record.u32();
        row.fn = this.#function(record);
        return this.#handled(process, record.term(), record.term(), (record.flags & RecordFlags.RAISED) !== 0);
      case RecordKind.STATE:
        record.u32();
        return this.#handled(process, NOTHING, record.term(), false);
      case RecordKind.GC: {
        const sizes = tuple(
          atom(record.flags & RecordFlags.MAJOR ? 'major' : 'minor'),
          atom(record.flags & RecordFlags.END ? 'end' : 'start'),
          wholeNumber(record.u64()),
          wholeNumber(record.u64()),
        );
        this.#append('gc', encodeTerm(sizes, this.#atoms));
        return;
      }
      case RecordKind.SCHEDULE:
        row.fn = this.#function(record);
        if (record.flags & RecordFlags.IN) row.flags |= Flags.IN;
        this.#append('schedule', NOTHING);
        return;
      case RecordKind.LOG:
        this.#append('log', record.term());
        return;
      default:
        // A newer probe may know more kinds than this recorder: they are left out, the rest is right.
        return;
    }
  }

  #spawn(child64: number, parent: LiveProcess | undefined, record: RecordCursor): void {
    const known = this.#processes.known(child64);
    // Parent and child both tell of a spawn; the first one counts.
    if (known && !known.exited) return;
    const seq = this.#writer.events + 1;
    const child = this.#processes.spawned(child64, parent, seq);
    const [module, name, arity] = [record.u32(), record.u32(), record.u32()];
    const args = record.term();
    const row = this.#row;
    row.process = child.id;
    row.peer = parent?.id ?? 0;
    row.cause = parent?.callbacks.at(-1)?.seq ?? 0;
    row.fn = this.#processes.runs(child, module, name, arity, args);
    this.#append('spawn', args);
  }

  #name(process: LiveProcess, record: RecordCursor): void {
    const index = record.u32();
    const name = this.#atoms.name(index);
    const registers = record.kind === RecordKind.REGISTER;
    if (name !== undefined) {
      if (registers) this.#processes.name(process, name);
      else this.#processes.unname(name);
    }
    this.#append(registers ? 'register' : 'unregister', encodeTerm(atom(name ?? `atom#${index}`), this.#atoms));
  }

  #send(process: LiveProcess, record: RecordCursor): void {
    const row = this.#row;
    const to = record.u64();
    const message = record.term();
    const destination = record.term();
    if (record.flags & RecordFlags.NOWHERE) row.flags |= Flags.NOWHERE;
    row.peer = to === 0 ? this.#destination(destination) : this.#processes.of(to).id;
    row.cause = process.callbacks.at(-1)?.seq ?? 0;
    this.#noteAlias(process, this.#envelopes.replyAlias(message));
    const seq = this.#append('send', destination.length > 0 ? this.#join(message, destination) : message);
    if (!(record.flags & RecordFlags.NOWHERE)) this.#sends.add(process.id, row.peer, seq, fingerprint(message));
  }

  /** Who stands behind a registered name or a reply alias, 0 when it is not known. */
  #destination(bytes: Uint8Array): ProcessId {
    const name = bytes.length > 0 ? atomIndex(bytes, 0) : undefined;
    if (name !== undefined) return this.#processes.named(this.#atoms.name(name) ?? '')?.id ?? 0;
    const key = referenceKey(bytes);
    if (key === undefined) return 0;
    const owner = this.#aliases.get(key) ?? 0;
    this.#aliases.delete(key);
    return owner;
  }

  /** The reply of this call will go to an alias, which is the caller. */
  #noteAlias(caller: LiveProcess, alias: string | undefined): void {
    if (alias === undefined) return;
    if (this.#aliases.size >= MAX_ALIASES) this.#aliases.delete(this.#aliases.keys().next().value ?? '');
    this.#aliases.set(alias, caller.id);
  }

  #arrive(process: LiveProcess, record: RecordCursor): void {
    const row = this.#row;
    const from = record.u64();
    const message = record.term();
    const sender = record.term();
    const print = fingerprint(message);
    if (from !== 0) {
      row.peer = this.#processes.of(from).id;
      row.cause = this.#sends.take(row.peer, process.id, print);
    }
    const fromCodeServer = from === this.#processes.named('code_server')?.pid64;
    const awaited = this.#envelopes.isAwaited(message, fromCodeServer);
    if (awaited) row.flags |= Flags.TAKEN;
    const seq = this.#append('arrive', sender.length > 0 ? this.#join(message, sender) : message);
    if (awaited) return;
    const wrapping = this.#envelopes.wrapping(message);
    const inner = this.#envelopes.inner(message, wrapping);
    process.inbox.add(seq, wrapping, print, inner ? fingerprint(message.subarray(inner.start, inner.end)) : print);
  }

  #callback(process: LiveProcess, record: RecordCursor): void {
    const row = this.#row;
    const behaviour = this.#atoms.name(record.u32());
    const fn = this.#function(record);
    const message = record.term();
    const from = record.term();
    const state = record.term();
    // gen_statem's loop goes from callback to callback: the next one ends the one before.
    if (behaviour === 'gen_statem' && process.callbacks.length > 0) this.#handled(process, NOTHING, NOTHING, false);
    if (state.length > 0) this.#state(process, state, 0, Flags.BEFORE);
    Object.assign(row, { fn, peer: 0, flags: 0, process: process.id });
    const inOrder = behaviour !== undefined && IN_ORDER.has(behaviour);
    if (behaviour !== undefined && !inOrder) this.#processes.behaves(process, behaviour);
    row.cause = process.inbox.take(this.#expects(behaviour, from, fn), fingerprint(message), inOrder);
    if (process.callbacks.length > 0 || !process.calls.empty) row.flags |= Flags.INSIDE;
    const seq = this.#append('handle', from.length > 0 ? this.#join(message, from) : message);
    process.callbacks.push({ seq, fn });
  }

  /** How the message of this callback was wrapped when it arrived. */
  #expects(behaviour: string | undefined, from: Uint8Array, fn: FunctionId): Wrapping {
    if (behaviour === 'gen_statem') {
      const type = atomIndex(from, 0);
      if (type !== undefined) return this.#atoms.name(type) === 'cast' ? 'cast' : 'info';
      return from.length > 0 ? 'call' : 'info';
    }
    if (from.length > 0) return 'call';
    return this.#casts.has(fn) ? 'cast' : 'info';
  }

  #handled(process: LiveProcess, result: Uint8Array, state: Uint8Array, raised: boolean): void {
    const row = this.#row;
    const open = process.callbacks.pop();
    // Calls that began in it ended in ways that were not recorded.
    if (open) process.calls.dropAfter(open.seq);
    row.fn = open?.fn ?? row.fn;
    row.peer = 0;
    row.cause = open?.seq ?? 0;
    row.process = process.id;
    if (open || result.length > 0) {
      row.flags = raised ? Flags.RAISED : 0;
      this.#append('handled', result);
    }
    if (state.length > 0) this.#state(process, state, open?.seq ?? 0, open ? 0 : Flags.BEFORE);
  }

  #state(process: LiveProcess, state: Uint8Array, cause: Seq, flags: number): void {
    const print = fullFingerprint(state);
    if (print === process.statePrint) return;
    process.statePrint = print;
    const row = this.#row;
    row.process = process.id;
    row.cause = cause;
    row.flags = flags | (flags & Flags.BEFORE ? 0 : Flags.CHANGED);
    this.#append('state', state);
  }

  #gap(record: RecordCursor): void {
    this.#row.process = record.subject === 0 ? 0 : this.#processes.of(record.subject).id;
    const reason = GAP_REASONS[record.u32()] ?? GAP_REASONS[0];
    const count = record.u64();
    const from = Math.max(0, record.time() + this.#offsetNs);
    const to = Math.max(from, record.time() + this.#offsetNs);
    this.#append(
      'gap',
      encodeTerm(tuple(atom(reason), wholeNumber(count), wholeNumber(from), wholeNumber(to)), this.#atoms),
    );
  }

  #module(record: RecordCursor): void {
    this.#row.process = record.subject === 0 ? 0 : this.#processes.of(record.subject).id;
    this.#append('module', encodeTerm(atom(this.#atoms.name(record.u32()) ?? 'unknown'), this.#atoms));
  }

  #function(record: RecordCursor): FunctionId {
    const module = record.u32();
    const name = record.u32();
    const id = this.#writer.functionId(this.#node, module, name, record.u32());
    if (name === this.#atoms.known('handle_cast')) this.#casts.add(id);
    return id;
  }

  #append(kind: OwnKind, payload: Uint8Array): Seq {
    this.#row.kind = KIND[kind];
    this.#row.payload = payload;
    return this.#writer.append(this.#row);
  }

  #join(a: Uint8Array, b: Uint8Array): Uint8Array {
    const size = a.length + b.length;
    if (this.#scratch.length < size) this.#scratch = new Uint8Array(size * 2);
    this.#scratch.set(a, 0);
    this.#scratch.set(b, a.length);
    return this.#scratch.subarray(0, size);
  }
}
