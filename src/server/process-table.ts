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

  constructor(
    private readonly recording: Recording,
    private readonly syntaxOf: (node: number) => Syntax,
  ) {
    this.update();
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
    const spawnNs = old?.view.spawnNs ?? (info.spawnSeq === 0 ? -1 : this.recording.momentOf(info.spawnSeq).ns);
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
        runs: fn === undefined ? undefined : functionText(fn, syntax),
        behaviour: info.behaviour === undefined ? undefined : visible(info.behaviour),
        runtime: isRuntimeProcess(info, fn),
        parent: info.parent,
        application: info.application ?? this.applicationOf(info, fn),
        spawnNs,
        exitNs: info.exitSeq === 0 ? -1 : this.recording.momentOf(info.exitSeq).ns,
      },
    };
  }
}
