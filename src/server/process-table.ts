/**
 * The processes as the browser knows them, with a version for each, so that a live view is sent only what changed. Times of birth and death
 * are looked up once a process.
 */
import {
  isRuntimeProcess,
  startedApplication,
  type FunctionInfo,
  type ProcessInfo,
  type Recording,
} from '../recording/index.js';
import { BinaryResult } from './binary.js';
import { ExactTimes, RoughTimes } from './lives.js';
import type { ProcessView } from './protocol.js';
import { functionText, nameText, pidText, visible, type Syntax } from './text.js';

interface Row {
  view: ProcessView;
  version: number;
  exitSeq: number;
  fn: number;
  name: string | undefined;
  label: string | undefined;
  behaviour: string | undefined;
  application: string | undefined;
}

export class ProcessTable {
  version = 1;
  private readonly rows: Row[] = [];
  /** While the first table of a large recording is made. */
  private rough: RoughTimes | undefined;
  private exact: ExactTimes | undefined;
  /** What is still rough, until somebody asks for it exactly. */
  private unasked: RoughTimes | undefined;
  private readonly functionTexts = new Map<number, string>();

  constructor(
    private readonly recording: Recording,
    private readonly syntaxOf: (node: number) => Syntax,
  ) {
    const times = new RoughTimes(recording);
    if (times.many) this.rough = times;
    this.update();
    this.rough = undefined;
    if (times.many) this.unasked = times;
  }

  /** Whether births and ends may still be off by some milliseconds: `lives` has them exactly. */
  get isRough(): boolean {
    return this.exact !== undefined || this.unasked !== undefined;
  }

  /** Births and ends of the processes after `after`, by number, once all are known exactly; none before, then ask again. */
  lives(after: number, limit: number): BinaryResult {
    if (this.unasked !== undefined) this.exact = this.refine(this.unasked);
    this.unasked = undefined;
    if (this.exact?.more() === true) this.exact = undefined;
    const rows = this.exact === undefined ? this.rows.slice(after, after + limit) : [];
    return new BinaryResult(
      { exact: this.exact === undefined, more: after + rows.length < this.rows.length },
      {
        spawnNs: Float64Array.from(rows, (row) => row.view.spawnNs),
        exitNs: Float64Array.from(rows, (row) => row.view.exitNs),
      },
    );
  }

  private refine(times: RoughTimes): ExactTimes {
    const infos = this.recording.processes();
    const seqs: number[] = [];
    const whose: number[] = [];
    infos.forEach((info, i) => {
      if (info.spawnSeq > 0) {
        seqs.push(info.spawnSeq);
        whose.push(i * 2);
      }
      if (info.exitSeq > 0) {
        seqs.push(info.exitSeq);
        whose.push(i * 2 + 1);
      }
    });
    return new ExactTimes(times, Float64Array.from(seqs), (position, ns) => {
      const at = whose[position]!;
      const view = this.rows[at >> 1]!.view;
      if ((at & 1) === 0) view.spawnNs = ns;
      else view.exitNs = ns;
    });
  }

  /** Of a hundred thousand processes most run the same few functions. */
  private functionText(fn: FunctionInfo, syntax: Syntax): string {
    let text = this.functionTexts.get(fn.id);
    if (text === undefined) this.functionTexts.set(fn.id, (text = functionText(fn, syntax)));
    return text;
  }

  private timeOf(seq: number): number {
    return seq === 0 ? -1 : (this.rough?.at(seq) ?? this.recording.momentOf(seq).ns);
  }

  /** Takes in what is new; a new version when anything changed. */
  update(): void {
    const next = this.version + 1;
    let changed = false;
    const processes = this.recording.processes();
    for (const [i, info] of processes.entries()) {
      const row = this.rows[i];
      if (row === undefined) {
        this.rows.push(this.newRow(info, next));
        changed = true;
      } else if (
        row.exitSeq !== info.exitSeq ||
        row.name !== info.name ||
        row.fn !== info.fn ||
        row.label !== info.label ||
        row.behaviour !== info.behaviour ||
        row.view.parent !== info.parent ||
        row.application !== info.application
      ) {
        this.rows[i] = this.newRow(info, next, row);
        changed = true;
      }
    }
    if (changed) this.version = next;
  }

  get size(): number {
    return this.rows.length;
  }

  view(id: number): ProcessView | undefined {
    return this.rows[id - 1]?.view;
  }

  /** Rows after `after` by number that changed after version `since`. */
  changed(since: number, after: number, limit: number): { processes: ProcessView[]; more: boolean } {
    const processes: ProcessView[] = [];
    for (let i = after; i < this.rows.length; i++) {
      const row = this.rows[i]!;
      if (row.version <= since) continue;
      if (processes.length === limit) return { processes, more: true };
      processes.push(row.view);
    }
    return { processes, more: false };
  }

  /** Of a recording made before applications were told: masters were started with their names, and the rest descends from them. */
  private applicationOf(info: ProcessInfo, fn: FunctionInfo | undefined): string | undefined {
    if (fn?.module === 'application_master' && fn.name === 'init' && info.spawnSeq > 0) {
      const args = this.recording.event(info.spawnSeq)?.terms[0];
      const name = startedApplication('proc_lib', 'init_p', args);
      if (name !== undefined) return name;
    }
    return this.rows[info.parent - 1]?.view.application;
  }

  private newRow(info: ProcessInfo, version: number, old?: Row): Row {
    const syntax = this.syntaxOf(info.node);
    const fn = info.fn === 0 ? undefined : this.recording.function(info.fn);
    const spawnNs = old?.view.spawnNs ?? this.timeOf(info.spawnSeq);
    return {
      version,
      exitSeq: info.exitSeq,
      fn: info.fn,
      name: info.name,
      label: info.label,
      behaviour: info.behaviour,
      application: info.application,
      view: {
        id: info.id,
        node: info.node,
        pid: pidText(info),
        name: info.name === undefined ? undefined : nameText(info.name, syntax),
        label: info.label === undefined ? undefined : visible(info.label),
        runs: fn === undefined ? undefined : this.functionText(fn, syntax),
        behaviour: info.behaviour === undefined ? undefined : visible(info.behaviour),
        runtime: isRuntimeProcess(info, fn),
        parent: info.parent,
        application: info.application ?? this.applicationOf(info, fn),
        spawnNs,
        exitNs: this.timeOf(info.exitSeq),
      },
    };
  }
}
