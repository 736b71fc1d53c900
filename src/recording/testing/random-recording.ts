/** Small recordings with everything in them that is odd: for tests that compare the queries with a slow model. */
import { AtomList, atom, encodeTerms, int, localPid, tuple, type Term } from '../../term/index.js';
import { Flags, type ProcessInfo } from '../model.js';
import { Kind } from '../queries/kinds.js';
import { kindCode } from '../model.js';
import type { RecordingWriter } from '../writer-api.js';
import { Random } from './random.js';

/** A row with its terms, and whatever else was told about the processes just before it. */
export interface ModelRow {
  seq: number;
  ns: number;
  kind: number;
  flags: number;
  process: number;
  peer: number;
  fn: number;
  cause: number;
  terms: Term[];
}

export type ModelProcess = Omit<ProcessInfo, 'id'>;

interface Life {
  id: number;
  /** Arrived and not handled. */
  queue: number[];
  messages: Map<number, Term>;
  handle: number;
  calls: { seq: number; fn: number }[];
  state: number;
  name: string | undefined;
}

/** Appends random rows to a writer and keeps them as plain objects. */
export class RandomRecording {
  readonly rows: ModelRow[] = [];
  readonly processes: ModelProcess[] = [];
  readonly #random: Random;
  readonly #atoms = new AtomList();
  readonly #lives: Life[] = [];
  readonly #flying: { to: number; send: number; from: number; message: Term }[] = [];
  #defined = 0;
  #ns = 0;

  constructor(
    private readonly writer: RecordingWriter,
    seed: number,
    /** Largest step of time between events. */
    private readonly stepNs: number,
  ) {
    this.#random = new Random(seed);
    writer.addNode({ name: 'a@b', otp: '25', elixir: undefined, engine: 'erlang', engineWhy: 'test', osPid: 1, end: undefined }); // prettier-ignore
    // Number 1, which stands for all callbacks.
    writer.functionId(0, this.#atoms.index('m0'), this.#atoms.index('f'), 0);
    for (let i = 0; i < 3; i++) this.#process(0, 0, i === 0 ? 'first' : undefined);
  }

  run(events: number): void {
    while (this.rows.length < events) this.#step();
  }

  #step(): void {
    const random = this.#random;
    const life = this.#lives[random.zipf(this.#lives.length)];
    if (life === undefined) return this.#process(0, this.rows.length + 1, undefined);
    const other = this.#lives[random.below(this.#lives.length)]!;
    const choice = random.below(22);
    if (choice < 4) {
      const message = random.chance(0.3)
        ? tuple({ kind: 'reference', words: [random.below(9), 1, 2] }, int(random.below(100)))
        : tuple(atom('msg'), int(random.below(1000)), localPid(life.id, 0));
      const send = this.#add(Kind.SEND, 0, life.id, random.chance(0.9) ? other.id : 0, 0, 0, [message]);
      if (random.chance(0.9)) this.#flying.push({ to: other.id, send, from: life.id, message });
    } else if (choice < 8) {
      const next = this.#flying.shift();
      const to = this.#lives.find(({ id }) => id === next?.to);
      if (next && to) {
        const cause = random.chance(0.9) ? next.send : 0;
        const arrive = this.#add(Kind.ARRIVE, 0, to.id, random.chance(0.9) ? next.from : 0, 0, cause, [next.message]);
        to.queue.push(arrive);
        to.messages.set(arrive, next.message);
      }
    } else if (choice < 12) this.#handling(life);
    else if (choice < 14) this.#calling(life);
    else if (choice === 14) this.#add(Kind.LINK, 0, life.id, other.id, 0, 0, []);
    else if (choice === 15) this.#add(Kind.UNLINK, 0, life.id, other.id, 0, 0, []);
    else if (choice === 16 && this.#lives.length < 12) this.#process(life.id, this.rows.length + 1, undefined);
    else if (choice === 17 && random.chance(0.5)) this.#exit(life);
    else if (choice === 18) this.#naming(life);
    else if (choice === 19 && random.chance(0.3)) {
      const from = random.below(this.#ns + 1);
      const gap = tuple(
        atom('ring full'),
        int(random.below(99)),
        int(from),
        int(from + random.below(this.stepNs * 20)),
      );
      this.#add(Kind.GAP, 0, random.chance(0.5) ? 0 : life.id, 0, 0, 0, [gap]);
    } else if (choice === 20) this.#state(life, 0, random.chance(0.5) ? Flags.BEFORE : Flags.BEFORE | Flags.CHANGED);
    else if (choice === 21) this.#add(kindCode('gc'), 0, life.id, 0, 0, 0, [tuple(atom('minor'), int(1))]);
  }

  #handling(life: Life): void {
    const random = this.#random;
    if (life.handle > 0) {
      if (random.chance(0.5)) this.#state(life, life.handle, random.chance(0.8) ? Flags.CHANGED : 0);
      this.#add(Kind.HANDLED, random.chance(0.1) ? Flags.RAISED : 0, life.id, 0, 1, life.handle, [atom('noreply')]);
      life.handle = 0;
      return;
    }
    // Some are received on the way, some handled for no message at all.
    while (life.queue.length > 0 && random.chance(0.2)) life.queue.shift();
    const arrive = random.chance(0.2) ? 0 : (life.queue.shift() ?? 0);
    const message = life.messages.get(arrive) ?? atom('timeout');
    life.handle = this.#add(Kind.HANDLE, 0, life.id, 0, this.#fn(), arrive, [message]);
  }

  #calling(life: Life): void {
    const top = life.calls.at(-1);
    if (top && this.#random.chance(0.55)) {
      life.calls.pop();
      const raised = this.#random.chance(0.2);
      const terms = raised ? [atom('error'), atom('badarg')] : [int(-5)];
      this.#add(raised ? Kind.EXCEPTION : Kind.RETURN, 0, life.id, 0, top.fn, top.seq, terms);
      return;
    }
    const fn = this.#fn();
    life.calls.push({ seq: this.#add(Kind.CALL, 0, life.id, 0, fn, 0, [int(1), int(2)]), fn });
  }

  #naming(life: Life): void {
    if (life.name === undefined) {
      life.name = `name${this.#random.below(4)}`;
      this.#add(Kind.REGISTER, 0, life.id, 0, 0, 0, [atom(life.name)]);
      this.#change(life.id, { name: life.name });
    } else {
      this.#add(Kind.UNREGISTER, 0, life.id, 0, 0, 0, [atom(life.name)]);
      life.name = undefined;
    }
  }

  #state(life: Life, cause: number, flags: number): void {
    if ((flags & Flags.CHANGED) !== 0) life.state++;
    this.#add(Kind.STATE, flags, life.id, 0, 1, cause, [tuple(atom('state'), int(life.state), int(life.id))]);
  }

  #process(parent: number, spawnSeq: number, name: string | undefined): void {
    const number = 10 + this.#random.below(6);
    const info: ModelProcess = { node: 0, number, serial: 0, spawnSeq, exitSeq: 0, parent, fn: 0, behaviour: undefined, name, label: undefined }; // prettier-ignore
    this.processes.push(info);
    const id = this.writer.addProcess(info);
    this.#lives.push({ id, queue: [], messages: new Map(), handle: 0, calls: [], state: 0, name });
    if (spawnSeq > 0) this.#add(Kind.SPAWN, 0, id, parent, this.#fn(), 0, [int(1)]);
  }

  #exit(life: Life): void {
    this.#lives.splice(this.#lives.indexOf(life), 1);
    this.#change(life.id, { exitSeq: this.rows.length + 1 });
    this.#add(Kind.EXIT, 0, life.id, 0, 0, 0, [atom('normal')]);
  }

  #change(id: number, change: Partial<ModelProcess>): void {
    Object.assign(this.processes[id - 1]!, change);
    this.writer.updateProcess(id, change);
  }

  #fn(): number {
    const module = this.#atoms.index(`m${this.#random.below(4)}`);
    return this.writer.functionId(0, module, this.#atoms.index('f'), this.#random.below(3));
  }

  #add(kind: number, flags: number, process: number, peer: number, fn: number, cause: number, terms: Term[]): number {
    if (this.#random.chance(0.8)) this.#ns += this.#random.below(this.stepNs);
    const seq = this.rows.length + 1;
    this.rows.push({ seq, ns: this.#ns, kind, flags, process, peer, fn, cause, terms });
    const payload = encodeTerms(terms, this.#atoms);
    for (; this.#defined < this.#atoms.size; this.#defined++)
      this.writer.defineAtom(0, this.#defined, this.#atoms.name(this.#defined)!);
    const given = this.writer.append({ kind, flags, ns: this.#ns, process, peer, fn, cause, payload });
    if (given !== seq) throw new Error(`event ${seq} became ${given}`);
    return seq;
  }
}
