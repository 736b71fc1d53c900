/** How the command line writes what a recording holds: terms, processes, functions, sizes. */
import { printTerm, type Term } from '../term/index.js';
import {
  formatNs,
  type FunctionId,
  type Moment,
  type NodeInfo,
  type PointInfo,
  type ProcessId,
  type Recording,
} from '../recording/index.js';

export type Syntax = 'elixir' | 'erlang';

export class Show {
  readonly #recording: Recording;
  readonly syntax: Syntax;

  /** Without a wish, values are written as the recorded node's own shell would. */
  constructor(recording: Recording, syntax?: Syntax) {
    this.#recording = recording;
    this.syntax = syntax ?? (usesElixir(recording.info().nodes) ? 'elixir' : 'erlang');
  }

  /** @param width 0: on one line */
  term(term: Term, width = 0): string {
    return printTerm(term, width === 0 ? { syntax: this.syntax } : { syntax: this.syntax, width });
  }

  /** `<0.123.0>`; with the node's number in front for nodes after the first. */
  pid(id: ProcessId): string {
    const process = this.#recording.processes()[id - 1];
    return process ? `<${process.node}.${process.number}.${process.serial}>` : '-';
  }

  /** Name or label, and pid: `Shop.Stock <0.123.0>`. */
  process(id: ProcessId): string {
    const process = this.#recording.processes()[id - 1];
    if (!process) return 'unknown';
    const name = process.name ?? process.label;
    return name === undefined ? this.pid(id) : `${this.name(name)} ${this.pid(id)}`;
  }

  /** A registered name or module as this syntax writes it. */
  name(name: string): string {
    return this.term({ kind: 'atom', name });
  }

  function(id: FunctionId): string {
    const fn = this.#recording.function(id);
    if (!fn) return '';
    return this.syntax === 'erlang'
      ? `${fn.module}:${fn.name}/${fn.arity}`
      : `${this.name(fn.module)}.${fn.name}/${fn.arity}`;
  }

  /** Of the number of a point; undefined: it is a function. */
  point(id: FunctionId): PointInfo | undefined {
    return this.#recording.function(id)?.point;
  }

  moment(moment: Moment): string {
    return `${this.time(moment.ns)} (#${moment.seq})`;
  }

  time(ns: number): string {
    return `+${formatNs(ns)}`;
  }
}

const usesElixir = (nodes: readonly NodeInfo[]): boolean => nodes.some((node) => node.elixir !== undefined);

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = count / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit] ?? ''}`;
}

/** `1 process`, `2 processes`. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

export const count = (n: number): string => n.toLocaleString('en-US');
