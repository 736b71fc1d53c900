/** The processes of one recorded node while it is being recorded: pids to incarnations, and what the ingest must remember of each. */
import { decodeTerm, type Term } from '../../term/index.js';
import { pidNumber, pidSerial } from '../../wire/index.js';
import type { FunctionId, ProcessId, Seq } from '../model.js';
import type { RecordingWriter } from '../writer-api.js';
import type { NodeAtoms } from './atoms.js';
import type { PendingBuiltIn } from './built-ins.js';
import { Inbox } from './inbox.js';
import { OpenCalls, type CallBudget } from './open-calls.js';
import { startedApplication } from './started-application.js';
import { whatRuns, type WhatRuns } from './what-runs.js';

/** So many dead processes are still known by their pid: somebody may send to them. */
const REMEMBERED_DEAD = 65_536;

/** A callback that has begun. */
export interface OpenCall {
  seq: Seq;
  fn: FunctionId;
}

export interface LiveProcess {
  readonly id: ProcessId;
  readonly pid64: number;
  exited: boolean;
  behaviour: string | undefined;
  /** As in ProcessInfo. */
  application: string | undefined;
  /** Of the last recorded state; undefined: none yet. */
  statePrint: number | undefined;
  /** Innermost last. */
  readonly callbacks: OpenCall[];
  readonly calls: OpenCalls;
  /** Built-in functions it is in. */
  readonly builtIns: PendingBuiltIn[];
  /** Outer calls of it had to be forgotten. */
  tooDeep: boolean;
  readonly inbox: Inbox;
}

export class Processes {
  readonly #writer: RecordingWriter;
  readonly #node: number;
  readonly #atoms: NodeAtoms;
  readonly #byPid = new Map<number, LiveProcess>();
  readonly #byName = new Map<string, LiveProcess>();
  readonly #callBudget: CallBudget = { packed: 0 };
  #dead: LiveProcess[] = [];

  constructor(writer: RecordingWriter, node: number, atoms: NodeAtoms) {
    this.#writer = writer;
    this.#node = node;
    this.#atoms = atoms;
  }

  /** The process behind a pid; one never heard of lived before the recording began. */
  of(pid64: number): LiveProcess {
    return this.#byPid.get(pid64) ?? this.#add(pid64, 0, 0);
  }

  known(pid64: number): LiveProcess | undefined {
    return this.#byPid.get(pid64);
  }

  named(name: string): LiveProcess | undefined {
    return this.#byName.get(name);
  }

  /** A spawn was seen: a pid heard of before as exited is a new incarnation now. */
  spawned(pid64: number, parent: LiveProcess | undefined, spawnSeq: Seq): LiveProcess {
    const child = this.#add(pid64, parent?.id ?? 0, spawnSeq);
    child.application = parent?.application;
    return child;
  }

  exited(process: LiveProcess, seq: Seq): void {
    process.exited = true;
    process.callbacks.length = 0;
    process.calls.clear();
    process.builtIns.length = 0;
    this.#writer.updateProcess(process.id, { exitSeq: seq });
    this.#dead.push(process);
    if (this.#dead.length < 2 * REMEMBERED_DEAD) return;
    for (const old of this.#dead.slice(0, REMEMBERED_DEAD))
      if (this.#byPid.get(old.pid64) === old) this.#byPid.delete(old.pid64);
    this.#dead = this.#dead.slice(REMEMBERED_DEAD);
  }

  name(process: LiveProcess, name: string): void {
    this.#byName.set(name, process);
    this.#writer.updateProcess(process.id, { name });
  }

  unname(name: string): void {
    this.#byName.delete(name);
  }

  /** What a spawn's function and arguments tell. `args` are recorded bytes, empty when absent. */
  runs(process: LiveProcess, module: number, name: number, arity: number, args: Uint8Array): FunctionId {
    const moduleName = this.#atoms.name(module);
    const functionName = this.#atoms.name(name);
    if (moduleName === undefined || functionName === undefined)
      return this.#writer.functionId(this.#node, module, name, arity);
    const term = args.length > 0 ? decodeTerm(args, 0, this.#atoms).term : undefined;
    const application = startedApplication(moduleName, functionName, term);
    if (application !== undefined) this.belongs(process, application);
    return this.#apply(process, whatRuns(moduleName, functionName, arity, term));
  }

  /** What the probe found of a process that lived already: a map term. */
  snapshot(process: LiveProcess, info: Term): void {
    if (info.kind !== 'map') return;
    const of = (key: string): Term | undefined => info.entries.find(([k]) => k.kind === 'atom' && k.name === key)?.[1];
    const name = of('registered_name');
    if (name?.kind === 'atom' && name.name !== '') this.name(process, name.name);
    const parent = of('parent');
    if (parent?.kind === 'pid' && parent.node === undefined) {
      const starter = this.of(parent.number + parent.serial * 2 ** 28);
      process.application ??= starter.application;
      this.#writer.updateProcess(process.id, { parent: starter.id });
    }
    const label = of('label');
    if (label?.kind === 'binary')
      this.#writer.updateProcess(process.id, { label: Buffer.from(label.bytes).toString('utf8') });
    const application = of('application');
    if (application?.kind === 'atom') this.belongs(process, application.name === 'undefined' ? '' : application.name);
    const initial = of('initial_call');
    const behaviour = of('behaviour');
    const runs = initial?.kind === 'tuple' ? mfa(initial.elements) : undefined;
    if (runs)
      this.#apply(process, {
        ...runs,
        registered: undefined,
        behaviour: behaviour?.kind === 'atom' ? behaviour.name : undefined,
      });
    else if (behaviour?.kind === 'atom') this.behaves(process, behaviour.name);
  }

  /** The first that is said counts: a supervisor's callbacks are those of a gen_server. */
  behaves(process: LiveProcess, behaviour: string): void {
    if (process.behaviour !== undefined) return;
    process.behaviour = behaviour;
    this.#writer.updateProcess(process.id, { behaviour });
  }

  /** Only what differs from its parent's need be told. */
  belongs(process: LiveProcess, application: string): void {
    if (process.application === application) return;
    process.application = application;
    this.#writer.updateProcess(process.id, { application });
  }

  #apply(process: LiveProcess, runs: WhatRuns): FunctionId {
    const fn = this.#writer.functionId(
      this.#node,
      this.#atoms.index(runs.module),
      this.#atoms.index(runs.name),
      runs.arity,
    );
    this.#writer.updateProcess(process.id, { fn });
    if (runs.behaviour !== undefined) this.behaves(process, runs.behaviour);
    return fn;
  }

  #add(pid64: number, parent: ProcessId, spawnSeq: Seq): LiveProcess {
    const id = this.#writer.addProcess({
      node: this.#node,
      number: pidNumber(pid64),
      serial: pidSerial(pid64),
      spawnSeq,
      exitSeq: 0,
      parent,
      fn: 0,
      behaviour: undefined,
      name: undefined,
      label: undefined,
    });
    const process: LiveProcess = {
      id,
      pid64,
      exited: false,
      behaviour: undefined,
      application: undefined,
      statePrint: undefined,
      callbacks: [],
      calls: new OpenCalls(this.#callBudget),
      builtIns: [],
      tooDeep: false,
      inbox: new Inbox(),
    };
    this.#byPid.set(pid64, process);
    return process;
  }
}

function mfa(elements: readonly Term[]): { module: string; name: string; arity: number } | undefined {
  const [module, name, arity] = elements;
  if (module?.kind !== 'atom' || name?.kind !== 'atom' || arity?.kind !== 'integer') return undefined;
  return { module: module.name, name: name.name, arity: Number(arity.value) };
}
