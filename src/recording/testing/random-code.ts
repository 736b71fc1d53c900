/** Small recordings of functions from inside, with everything in them that is odd: for tests that compare the queries with a slow model. */
import { AtomList, atom, binary, encodeTerms, int, list, tuple, type Term } from '../../term/index.js';
import { DEPTHS, Flags, type FunctionInfo, type PointInfo } from '../model.js';
import { Kind } from '../queries/kinds.js';
import type { RecordingWriter } from '../writer-api.js';
import { Random } from './random.js';
import type { ModelRow } from './random-recording.js';

interface Frame {
  seq: number;
  fn: number;
  handle: boolean;
}

interface Life {
  id: number;
  frames: Frame[];
}

/** A table as it really was after an event. */
export interface TableThen {
  seq: number;
  rows: ReadonlyMap<number, Term>;
}

const TABLES = ['Elixir.Cache', 'seen', 'older'];

/** Appends random calls, callbacks, lines and calls on tables to a writer and keeps them as plain objects. */
export class RandomCode {
  readonly rows: ModelRow[] = [];
  readonly functions: FunctionInfo[] = [];
  readonly processes = 4;
  /** Newest last, by name. `older` was there before. */
  readonly tables = new Map<string, TableThen[]>(TABLES.map((name) => [name, []]));
  readonly #random: Random;
  readonly #atoms = new AtomList();
  #lives: Life[] = [];
  #defined = 0;
  #ns = 0;

  constructor(
    private readonly writer: RecordingWriter,
    seed: number,
  ) {
    this.#random = new Random(seed);
    writer.addNode({ name: 'a@b', otp: '25', elixir: undefined, engine: 'nif', engineWhy: undefined, osPid: 1, end: undefined }); // prettier-ignore
    for (let i = 0; i < this.processes; i++) {
      const id = writer.addProcess({ node: 0, number: 10 + i, serial: 0, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour: undefined, name: undefined, label: undefined }); // prettier-ignore
      this.#lives.push({ id, frames: [] });
    }
    for (let f = 0; f < 6; f++) this.#function(f);
    for (const { fn, info } of this.#points) this.#tell(fn, info);
    this.#table('older', () => new Map([[1, tuple(int(1), atom('before'))]]));
    this.tables.get('older')!.length = 0;
  }

  run(events: number): void {
    while (this.rows.length < events) this.#step();
  }

  #step(): void {
    const random = this.#random;
    const life = this.#lives[random.zipf(this.#lives.length)];
    if (life === undefined) return this.#tableCall(1);
    const choice = random.below(30);
    if (choice < 8) this.#call(life);
    else if (choice < 15) this.#end(life);
    else if (choice < 24) this.#line(life);
    else if (choice < 26) this.#callback(life);
    else if (choice < 28) this.#tableCall(life.id);
    else if (choice === 28 && random.chance(0.05)) this.#exit(life);
    else if (choice === 29 && random.chance(0.3)) {
      const gap = tuple(atom('ring full'), int(3), int(random.below(this.#ns + 1)), int(this.#ns));
      this.#add(Kind.GAP, 0, random.chance(0.5) ? 0 : life.id, 0, 0, [gap]);
    }
  }

  #call(life: Life): void {
    const random = this.#random;
    // Outer calls may be unknown: what is made in them is made in nothing.
    const fn = 1 + random.below(6);
    const seq = this.#add(Kind.CALL, 0, life.id, fn, life.frames.at(-1)?.seq ?? 0, random.chance(0.8) ? [list([int(random.below(500))])] : []); // prettier-ignore
    life.frames.push({ seq, fn, handle: false });
  }

  #end(life: Life): void {
    const random = this.#random;
    if (random.chance(0.05)) {
      // The end of something that began before anybody looked.
      this.#add(Kind.RETURN, 0, life.id, 1, 0, [int(0)]);
      return;
    }
    // Now and then inner ends are lost.
    let at = life.frames.length - 1 - (random.chance(0.1) ? random.below(2) : 0);
    if (at < 0) at = life.frames.length - 1;
    const frame = life.frames[at];
    if (frame === undefined) return;
    if (life.frames.slice(at + 1).some(({ handle }) => handle)) return;
    if (frame.handle) this.#add(Kind.HANDLED, 0, life.id, frame.fn, frame.seq, [atom('noreply')]);
    else {
      const kind = random.chance(0.2) ? Kind.TAIL : random.chance(0.2) ? Kind.EXCEPTION : Kind.RETURN;
      const terms = kind === Kind.TAIL ? [] : kind === Kind.RETURN ? [int(-5)] : [atom('error'), atom('badarg')];
      this.#add(kind, 0, life.id, frame.fn, frame.seq, terms);
    }
    life.frames.length = at;
  }

  #callback(life: Life): void {
    const fn = 1 + this.#random.below(6);
    const inside = life.frames.length > 0 ? Flags.INSIDE : 0;
    if (inside !== 0 && this.#random.chance(0.7)) return;
    const seq = this.#add(Kind.HANDLE, inside, life.id, fn, 0, [atom('tick')]);
    life.frames.push({ seq, fn, handle: true });
    if (this.#random.chance(0.5)) {
      const call = this.#add(Kind.CALL, 0, life.id, fn, seq, [list([atom('tick'), int(0)])]);
      life.frames.push({ seq: call, fn, handle: false });
    }
  }

  #line(life: Life): void {
    const random = this.#random;
    let at = life.frames.length - 1;
    // Inner ends may be lost here too.
    if (random.chance(0.05) && at > 0 && !life.frames[at]!.handle) at--;
    const frame = life.frames[at];
    if (frame === undefined || frame.handle) return;
    const points = this.functions.filter(({ id }) => this.inside(id) === frame.fn);
    const point = points[random.below(points.length)];
    if (point?.point === undefined) return;
    life.frames.length = at + 1;
    const unknown = random.chance(0.03);
    const { names, what } = point.point;
    const value = (): Term => int(random.below(10_000));
    if (what === 'expression') this.#add(Kind.EXPRESSION, 0, life.id, point.id, unknown ? 0 : frame.seq, [value()]);
    else this.#add(Kind.LINE, 0, life.id, point.id, unknown ? 0 : frame.seq, [list(names.map(value))]);
  }

  /** The function that a point lies in. */
  inside(point: number): number {
    return this.#inside.get(point) ?? 0;
  }
  readonly #inside = new Map<number, number>();

  #exit(life: Life): void {
    this.#lives = this.#lives.filter((other) => other !== life);
    this.writer.updateProcess(life.id, { exitSeq: this.rows.length + 1 });
    this.#add(Kind.EXIT, 0, life.id, 0, 0, [atom('normal')]);
  }

  /** Functions 1 to 6 of two modules; those of the first have points, those of the second are recorded less deep. */
  #function(f: number): void {
    const module = `m${f % 2}`;
    const id = this.writer.functionId(0, this.#atoms.index(module), this.#atoms.index(`f${f}`), 1);
    const deep = f % 2 === 0;
    const depth = deep ? 'expressions' : DEPTHS[2 + (f % 3 === 0 ? 0 : 1)]!;
    this.writer.describeFunction(id, f * 20 + 1, depth);
    this.functions[id - 1] = { id, node: 0, module, name: `f${f}`, arity: 1, line: f * 20 + 1, depth };
    if (!deep) return;
    const first = f * 20 + 2;
    const a = { name: 'a', line: first - 1 };
    const b = { name: 'b', line: first };
    const inner = { name: 'a', line: first + 1 };
    const told = f !== 2;
    const point = (
      what: PointInfo['what'],
      line: number,
      names: PointInfo['names'],
      scope: PointInfo['scope'],
    ): void => {
      const info: PointInfo = {
        what,
        line,
        column: 3,
        label: `${what} ${line}`,
        names,
        ...(told && scope ? { scope } : {}),
      };
      this.#points.push({ fn: id, info });
    };
    point('line', first, [a], [a]);
    point('line', first + 1, [b], [a, b]);
    point('line', first + 2, [inner], [inner, b]);
    point('line', first + 3, [], [a, b]);
    point('bound', first + 3, [b], [a, b]);
    point('expression', first + 3, [], undefined);
  }
  readonly #points: { fn: number; info: PointInfo }[] = [];

  #tell(fn: number, info: PointInfo): void {
    const id = this.writer.pointId(fn, info);
    const { node, module, name, arity } = this.functions[fn - 1]!;
    this.functions[id - 1] = { id, node, module, name, arity, point: info };
    this.#inside.set(id, fn);
  }

  #table(name: string, change: (rows: Map<number, Term>) => Map<number, Term>): void {
    const states = this.tables.get(name)!;
    states.push({ seq: this.rows.length, rows: change(new Map(states.at(-1)?.rows ?? [])) });
  }

  /** One of a few tables, three of whose keys are used. */
  #tableCall(process: number): void {
    const random = this.#random;
    const name = TABLES[random.below(3)]!;
    const states = this.tables.get(name)!;
    const then =
      states.at(-1)?.rows ?? new Map<number, Term>(name === 'older' ? [[1, tuple(int(1), atom('before'))]] : []);
    const exists = states.length > 0 || name === 'older';
    const call = (fn: string, args: Term[], result: Term, raised = false): void => {
      const id = this.writer.functionId(0, this.#atoms.index('ets'), this.#atoms.index(fn), args.length);
      this.functions[id - 1] ??= { id, node: 0, module: 'ets', name: fn, arity: args.length };
      this.#add(Kind.TABLE, raised ? Flags.RAISED : 0, process, id, 0, [list(args), result]);
    };
    const set = (rows: Map<number, Term>): void => void states.push({ seq: this.rows.length, rows });
    const table = atom(name);
    if (!exists) {
      call('new', [table, list([atom('set'), atom('named_table')])], table);
      return set(new Map());
    }
    const key = random.below(3);
    const k = int(key);
    const row = (value: Term): Term => tuple(k, value, int(random.below(50)));
    const rows = new Map(then);
    const old = rows.get(key);
    switch (random.below(9)) {
      case 0: {
        const value = row(binary('x'));
        call('insert', [table, value], atom('true'));
        return set(rows.set(key, value));
      }
      case 1: {
        const values = [row(atom('one')), tuple(int(2), atom('two'), int(0))];
        call('insert', [table, list(values)], atom('true'));
        rows.set(key, values[0]!);
        return set(rows.set(2, values[1]!));
      }
      case 2: {
        const value = row(atom('new'));
        call('insert_new', [table, value], atom(old ? 'false' : 'true'));
        return set(old ? rows : rows.set(key, value));
      }
      case 3:
        call('delete', [table, k], atom('true'));
        rows.delete(key);
        return set(rows);
      case 4:
        call('lookup', [table, k], list(old ? [old] : []));
        return set(rows);
      case 5:
        call('take', [table, k], list(old ? [old] : []));
        rows.delete(key);
        return set(rows);
      case 6: {
        if (old?.kind !== 'tuple' || old.elements.length < 3) {
          call('insert', [table, atom('none')], tuple(atom('error'), atom('badarg')), true);
          return set(rows);
        }
        const [, value, count] = old.elements;
        const more = int(Number(count?.kind === 'integer' ? count.value : 0) + 5);
        call('update_counter', [table, k, tuple(int(3), int(5))], more);
        return set(rows.set(key, tuple(k, value!, more)));
      }
      case 7: {
        call('update_element', [table, k, tuple(int(2), atom('changed'))], atom(old ? 'true' : 'false'));
        if (old?.kind === 'tuple') rows.set(key, tuple(k, atom('changed'), ...old.elements.slice(2)));
        return set(rows);
      }
      default:
        if (random.chance(0.8)) return;
        if (random.chance(0.5)) call('delete_all_objects', [table], atom('true'));
        else call('select_delete', [table, list([atom('spec')])], int(rows.size));
        return set(new Map());
    }
  }

  #add(kind: number, flags: number, process: number, fn: number, cause: number, terms: Term[]): number {
    if (this.#random.chance(0.8)) this.#ns += this.#random.below(1000);
    const seq = this.rows.length + 1;
    this.rows.push({ seq, ns: this.#ns, kind, flags, process, peer: 0, fn, cause, terms });
    const payload = encodeTerms(terms, this.#atoms);
    for (; this.#defined < this.#atoms.size; this.#defined++)
      this.writer.defineAtom(0, this.#defined, this.#atoms.name(this.#defined)!);
    this.writer.append({ kind, flags, ns: this.#ns, process, peer: 0, fn, cause, payload });
    return seq;
  }
}
