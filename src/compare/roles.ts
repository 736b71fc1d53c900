/**
 * Who a process is, told so that it holds in another run as well: its name, or what it runs, for whom it was started, and as the how-manieth.
 * Pids do not survive between runs; these do.
 */
import type { FunctionInfo, ProcessId, ProcessInfo, Recording } from '../recording/index.js';

interface Role {
  /** For whom and what, without ordinals: `Shop.Orders.Supervisor > Shop.Orders.Order.init/1`. */
  kind: string;
  /** Among those of the same kind and parent. */
  whole: string;
  /** For people: the name, or what it runs. */
  text: string;
}

const AT_ONCE = 256;
const FOREIGN: Role = { kind: '?', whole: '?', text: 'another process' };

/** The lines where funs stand in their names (`-sum/2-fn-83-/3`) move with every edit above them. */
export const stableName = (name: string): string => name.replace(/^(-.+-(?:fn|fun))-\d+(?:-\d+)?-(\/\d+)?$/, '$1-$2');

export const functionKey = (fn: FunctionInfo | undefined): string =>
  fn === undefined ? '' : `${fn.module}.${stableName(fn.name)}/${String(fn.arity)}`;

export class Roles {
  private readonly known: (Role | undefined)[] = [];
  private readonly byPid = new Map<string, ProcessId>();
  private readonly siblings = new Map<string, number>();
  private read = 0;

  constructor(private readonly recording: Recording) {}

  /** The same for the processes that do the same in two runs, whichever of several they are. */
  kind(process: ProcessId): string {
    return this.role(process).kind;
  }
  /** One of a recording, and its counterpart of another. */
  whole(process: ProcessId): string {
    return this.role(process).whole;
  }
  text(process: ProcessId): string {
    return this.role(process).text;
  }

  /** A pid as terms hold them; 0: not of this recording. Of several that had it the first. */
  ofPid(node: number, number: number, serial: number): ProcessId {
    this.update();
    return this.byPid.get(`${String(node)} ${String(number)} ${String(serial)}`) ?? 0;
  }

  /** Finds out who some more of the processes are; true: all are known. */
  advance(): boolean {
    this.update(this.read + AT_ONCE);
    return this.read >= this.recording.processes().length;
  }

  private role(process: ProcessId): Role {
    this.update();
    return this.known[process] ?? FOREIGN;
  }

  /** Processes come in order of birth, so a parent has its role before its children. */
  private update(to = Infinity): void {
    const processes = this.recording.processes();
    for (; this.read < processes.length && this.read < to; this.read++) {
      const info = processes[this.read]!;
      this.known[info.id] = this.make(info);
      const pid = `${String(info.node)} ${String(info.number)} ${String(info.serial)}`;
      if (!this.byPid.has(pid)) this.byPid.set(pid, info.id);
    }
  }

  private make(info: ProcessInfo): Role {
    const node = info.node === 0 ? '' : `${String(info.node)}:`;
    const runs = functionKey(info.fn === 0 ? undefined : this.recording.function(info.fn));
    const name = info.name ?? info.label?.replace(/\d+/g, '#');
    const text = (info.name ?? (runs === '' ? 'process' : runs)).replace(/^Elixir\./, '');
    if (info.name !== undefined) {
      // Each time it is started anew it is the next of that name.
      const kind = `${node}${info.name}`;
      return { kind, whole: `${kind} #${String(this.next(kind))}`, text };
    }
    const parent = this.known[info.parent];
    const kind = `${parent === undefined ? node : `${parent.kind} > `}${name ?? ''} ${runs}`;
    // Kinds of long chains of parents would grow without end.
    const short = kind.length > 400 ? `…${kind.slice(-400)}` : kind;
    return { kind: short, whole: `${short} #${String(this.next(`${parent?.whole ?? ''} > ${short}`))}${parent === undefined ? '' : ` of ${shortened(parent.whole)}`}`, text }; // prettier-ignore
  }

  private next(key: string): number {
    const n = (this.siblings.get(key) ?? 0) + 1;
    this.siblings.set(key, n);
    return n;
  }
}

const shortened = (text: string): string => (text.length > 600 ? `…${text.slice(-600)}` : text);
