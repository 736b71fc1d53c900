/**
 * A recording as a busy system might leave it, made up and always the same for the same seed: calls and returns, messages that are sent,
 * arrive and are handled, states of about 200 bytes that change a little each time, processes that come and go, collections.
 */
import {
  AtomList,
  atom,
  binary,
  encodeTerm,
  encodeTerms,
  int,
  list,
  localPid,
  map,
  tuple,
  type Term,
} from '../../term/index.js';
import { Flags, type EventRow } from '../model.js';
import { Kind } from '../queries/kinds.js';
import { kindCode } from '../model.js';
import type { CreateOptions, RecordingWriter } from '../writer-api.js';
import { createRecording } from '../write/writer.js';
import { Random } from './random.js';

export interface SyntheticOptions extends Pick<CreateOptions, 'blockEvents' | 'segmentBlocks'> {
  path: string;
  /** At least so many events are written (an exchange is not cut in two). */
  events: number;
  processes: number;
  seed: number;
  /** Mean time between events; 500 ns (2 M events/s) unless told. */
  eventNs?: number;
  /** Flush after so many events, as a live recorder does. */
  flushEvery?: number;
  /** One function that is called often is recorded by lines, and the source of its module is there. */
  lines?: boolean;
}

const FUNCTIONS = 200;
/** Which of them is recorded by lines: `Shop.Part2.price/3`. */
const PRICE = 2;
const PRICES = `defmodule Shop.Part2 do
  @moduledoc "What things cost."
  @rate 5

  def price(amount, sku, status) do
    base = amount * 47
    tax = div(base, @rate)
    {status, base + tax, sku}
  end
end
`;
/** Its lines that are executed, each with what the one before has bound, and on which line that was. */
const PRICE_LINES: readonly [number, readonly [string, number][]][] = [
  [6, [['amount', 5], ['sku', 5], ['status', 5]]],
  [7, [['base', 6]]],
  [8, [['tax', 7]]],
]; // prettier-ignore
const AMOUNTS = 997;
const GC = kindCode('gc');
const SCHEDULE = kindCode('schedule');

/** Writes a synthetic recording and closes it. Gives the number of events. */
export function writeSyntheticRecording(options: SyntheticOptions): number {
  const { blockEvents, segmentBlocks } = options;
  const writer = createRecording({
    path: options.path,
    startedAtMs: Date.UTC(2026, 0, 1),
    ...(blockEvents === undefined ? {} : { blockEvents }),
    ...(segmentBlocks === undefined ? {} : { segmentBlocks }),
  });
  const system = new SyntheticSystem(writer, options);
  let flushed = 0;
  while (writer.events < options.events) {
    system.step();
    if (options.flushEvery !== undefined && writer.events - flushed >= options.flushEvery) {
      writer.flush();
      flushed = writer.events;
    }
  }
  writer.close();
  return writer.events;
}

/** A made-up system that runs one exchange a step. */
export class SyntheticSystem {
  readonly #random: Random;
  readonly #atoms = new AtomList();
  readonly #row: EventRow = {
    kind: 0,
    flags: 0,
    ns: 0,
    process: 0,
    peer: 0,
    fn: 0,
    cause: 0,
    payload: new Uint8Array(0),
  };
  readonly #functions: number[] = [];
  /** Ids of those alive, the busiest first. */
  readonly #alive: number[] = [];
  readonly #states = new Map<number, Uint8Array>();
  readonly #callPayload: Uint8Array;
  readonly #valuePayload: Uint8Array;
  readonly #gcPayload: Uint8Array;
  /** Of the function that is recorded by lines; each amount with what is written of it: when called, at each line, when it returns. */
  readonly #points: number[] = [];
  readonly #priced: Uint8Array[][] = [];
  #prices = 0;
  #defined = 0;
  #number = 100;
  #ns = 0;

  constructor(
    private readonly writer: RecordingWriter,
    private readonly options: Pick<SyntheticOptions, 'processes' | 'seed' | 'eventNs' | 'lines'>,
  ) {
    this.#random = new Random(options.seed);
    writer.addNode({
      name: 'synthetic@localhost',
      otp: '25',
      elixir: '1.14.0',
      engine: 'nif',
      engineWhy: undefined,
      osPid: undefined,
      end: 'stopped',
    });
    for (let i = 0; i < FUNCTIONS; i++) {
      const module = this.#atoms.index(`Elixir.Shop.Part${i % 40}`);
      const name = this.#atoms.index(['handle_call', 'handle_cast', 'price', 'reserve', 'total'][i % 5]!);
      this.#functions.push(writer.functionId(0, module, name, 1 + (i % 3)));
    }
    this.#callPayload = encodeTerm(list([int(42), binary('sku-10023'), atom('ok')]), this.#atoms);
    this.#valuePayload = encodeTerm(tuple(atom('ok'), int(1999)), this.#atoms);
    this.#gcPayload = encodeTerm(tuple(atom('minor'), atom('start'), int(2586), int(0)), this.#atoms);
    if (options.lines === true) this.#addLines();
    for (let i = 0; i < options.processes; i++) this.#spawn(0, i < 3 ? ['Elixir.Shop.Stock', 'Elixir.Shop.Orders', 'kernel_sup'][i] : undefined); // prettier-ignore
    this.#define();
  }

  /** One exchange: some 1 to 8 events. */
  step(): void {
    const random = this.#random;
    const kind = random.next();
    const process = this.#alive[random.zipf(this.#alive.length)]!;
    const fn = this.#functions[random.zipf(FUNCTIONS)]!;
    if (kind < 0.5) this.#call(process, fn);
    else if (kind < 0.88) this.#message(process, this.#alive[random.zipf(this.#alive.length)]!, fn);
    else if (kind < 0.95) {
      this.#add(SCHEDULE, Flags.IN, process, 0, fn, 0, undefined);
      this.#add(SCHEDULE, 0, process, 0, fn, 0, undefined);
    } else if (kind < 0.99) this.#add(GC, 0, process, 0, 0, 0, this.#gcPayload);
    else if (kind < 0.995 || this.#alive.length < 4) this.#spawn(process, undefined);
    else this.#exit(3 + random.below(this.#alive.length - 3));
    this.#define();
  }

  #add(
    kind: number,
    flags: number,
    process: number,
    peer: number,
    fn: number,
    cause: number,
    payload: Uint8Array | undefined,
  ): number {
    this.#ns += 1 + Math.floor(-Math.log(1 - this.#random.next()) * (this.options.eventNs ?? 500));
    const row = this.#row;
    row.kind = kind;
    row.flags = flags;
    row.ns = this.#ns;
    row.process = process;
    row.peer = peer;
    row.fn = fn;
    row.cause = cause;
    row.payload = payload ?? nothing;
    return this.writer.append(row);
  }

  #addLines(): void {
    const fn = this.#functions[PRICE]!;
    this.writer.describeFunction(fn, 5, 'lines');
    this.writer.addSource({ node: 0, module: 'Elixir.Shop.Part2', file: '/app/lib/shop/part2.ex', language: 'elixir', text: PRICES, why: undefined }); // prettier-ignore
    const scope: { name: string; line: number }[] = [];
    for (const [line, bound] of PRICE_LINES) {
      const names = bound.map(([name, at]) => ({ name, line: at }));
      scope.push(...names);
      this.#points.push(
        this.writer.pointId(fn, { what: 'line', line, column: 5, label: '', names, scope: [...scope] }),
      );
    }
    const values = (...terms: Term[]): Uint8Array => encodeTerm(list(terms), this.#atoms);
    for (let amount = 0; amount < AMOUNTS; amount++) {
      const [base, tax] = [amount * 47, Math.floor((amount * 47) / 5)];
      const first = values(int(amount), binary(`sku-${amount}`), atom('ok'));
      const result = encodeTerm(tuple(atom('ok'), int(base + tax), binary(`sku-${amount}`)), this.#atoms);
      this.#priced.push([first, first, values(int(base)), values(int(tax)), result]);
    }
  }

  #price(process: number): void {
    const fn = this.#functions[PRICE]!;
    const payloads = this.#priced[this.#prices++ % AMOUNTS]!;
    const call = this.#add(Kind.CALL, 0, process, 0, fn, 0, payloads[0]);
    this.#points.forEach((point, i) => this.#add(Kind.LINE, 0, process, 0, point, call, payloads[1 + i]));
    this.#add(Kind.RETURN, 0, process, 0, fn, call, payloads[4]);
  }

  #call(process: number, fn: number): void {
    if (this.#points.length > 0 && fn === this.#functions[PRICE]) {
      this.#price(process);
      return;
    }
    const call = this.#add(Kind.CALL, 0, process, 0, fn, 0, this.#callPayload);
    if (this.#random.chance(0.2)) {
      const inner = this.#add(Kind.CALL, 0, process, 0, this.#functions[0]!, call, this.#callPayload);
      this.#add(Kind.RETURN, 0, process, 0, this.#functions[0]!, inner, this.#valuePayload);
    }
    if (this.#random.chance(0.01)) {
      const reason = encodeTerms([atom('error'), atom('badarg')], this.#atoms);
      this.#add(Kind.EXCEPTION, 0, process, 0, fn, call, reason);
    } else this.#add(Kind.RETURN, 0, process, 0, fn, call, this.#valuePayload);
  }

  #message(from: number, to: number, fn: number): void {
    const random = this.#random;
    const n = random.below(1_000_000);
    const message = encodeTerm(
      tuple(atom('reserve'), map([[atom('sku'), binary(`sku-${n % 5000}`)], [atom('amount'), int(n % 17)]])), // prettier-ignore
      this.#atoms,
    );
    const send = this.#add(Kind.SEND, 0, from, to, 0, 0, message);
    const arrive = this.#add(Kind.ARRIVE, 0, to, from, 0, send, message);
    if (random.chance(0.05)) return;
    const handle = this.#add(Kind.HANDLE, 0, to, 0, fn, arrive, message);
    this.#add(Kind.HANDLED, 0, to, 0, fn, handle, this.#valuePayload);
    if (random.chance(0.6)) {
      const state = this.#nextState(to, n);
      this.#add(Kind.STATE, Flags.CHANGED, to, 0, fn, handle, state);
    }
  }

  /** About 200 bytes, a few of which change each time. */
  #nextState(process: number, n: number): Uint8Array {
    const known = this.#states.get(process);
    if (known === undefined) {
      const items = Array.from({ length: 12 }, (_, i) =>
        tuple(int(process * 31 + i), binary(`item-${process % 97}-${i}`)),
      );
      const state = map([
        [atom('orders'), list(items)],
        [atom('owner'), localPid(process, 0)],
        [atom('total'), int(2 ** 40 + n)],
      ]);
      const bytes = encodeTerm(state, this.#atoms);
      this.#states.set(process, bytes);
      return bytes;
    }
    // The last bytes are the total: a number of the same length every time.
    known[known.length - 2] = 0x80 | (n & 0x7f);
    known[known.length - 3] = 0x80 | ((n >> 7) & 0x7f);
    return known;
  }

  #spawn(parent: number, name: string | undefined): void {
    const fn = this.#functions[this.#alive.length % FUNCTIONS]!;
    const behaviour = this.#random.chance(0.5) ? 'gen_server' : undefined;
    const first = this.#ns === 0;
    const id = this.writer.addProcess({
      node: 0,
      number: this.#number++,
      serial: 0,
      spawnSeq: first ? 0 : this.writer.events + 1,
      exitSeq: 0,
      parent: first && this.#alive.length > 0 ? this.#alive[Math.floor(this.#alive.length / 8)]! : parent,
      fn,
      behaviour,
      name,
      label: undefined,
    });
    this.#alive.push(id);
    if (first) return;
    const spawn = this.#add(Kind.SPAWN, 0, id, parent, fn, 0, this.#callPayload);
    this.#add(Kind.LINK, 0, id, parent, 0, spawn, undefined);
  }

  #exit(index: number): void {
    const id = this.#alive[index]!;
    this.#alive[index] = this.#alive.at(-1)!;
    this.#alive.pop();
    this.#states.delete(id);
    const seq = this.#add(Kind.EXIT, 0, id, 0, 0, 0, encodeTerm(atom('normal'), this.#atoms));
    this.writer.updateProcess(id, { exitSeq: seq });
  }

  /** Tells the writer the names that were made up since the last time. */
  #define(): void {
    for (; this.#defined < this.#atoms.size; this.#defined++)
      this.writer.defineAtom(0, this.#defined, this.#atoms.name(this.#defined)!);
  }
}

const nothing = new Uint8Array(0);
