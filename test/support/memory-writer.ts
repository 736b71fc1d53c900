/** A RecordingWriter that keeps rows in memory and prints them as text, to look at what the ingest made of a stream. */
import { decodeTerms, printTerm } from '../../src/term/index.js';
import {
  EVENT_KINDS,
  Flags,
  type EventRow,
  type Depth,
  type NodeInfo,
  type PointInfo,
  type ProcessInfo,
  type RecordingWriter,
  type SourceInfo,
} from '../../src/recording/index.js';

type Row = EventRow & { payload: Uint8Array };

export class MemoryWriter implements RecordingWriter {
  readonly path = 'memory';
  readonly nodes: NodeInfo[] = [];
  readonly processes: ProcessInfo[] = [];
  readonly functions: {
    node: number;
    module: number;
    name: number;
    arity: number;
    line?: number;
    depth?: Depth;
    point?: PointInfo;
  }[] = [];
  readonly sources: SourceInfo[] = [];
  readonly rows: Row[] = [];
  readonly atoms = new Map<string, string>();

  get events(): number {
    return this.rows.length;
  }
  addNode(info: NodeInfo): number {
    return this.nodes.push(info) - 1;
  }
  updateNode(index: number, change: Partial<NodeInfo>): void {
    Object.assign(this.nodes[index] as NodeInfo, change);
  }
  defineAtom(node: number, index: number, name: string): void {
    this.atoms.set(`${node}:${index}`, name);
  }
  functionId(node: number, module: number, name: number, arity: number): number {
    const found = this.functions.findIndex(
      (f) => !f.point && f.node === node && f.module === module && f.name === name && f.arity === arity,
    );
    return found >= 0 ? found + 1 : this.functions.push({ node, module, name, arity });
  }
  describeFunction(fn: number, line: number, depth: Depth): void {
    Object.assign(this.functions[fn - 1]!, { line, depth });
  }
  pointId(fn: number, point: PointInfo): number {
    const { node, module, name, arity } = this.functions[fn - 1]!;
    return this.functions.push({ node, module, name, arity, point });
  }
  addSource(source: SourceInfo): void {
    this.sources.push(source);
  }
  addProcess(info: Omit<ProcessInfo, 'id'>): number {
    return this.processes.push({ ...info, id: this.processes.length + 1 });
  }
  updateProcess(id: number, change: Partial<Omit<ProcessInfo, 'id'>>): void {
    Object.assign(this.processes[id - 1] as ProcessInfo, change);
  }
  append(row: EventRow): number {
    return this.rows.push({ ...row, payload: row.payload.slice() });
  }
  setCommand(): void {
    return;
  }
  flush(): void {
    return;
  }
  close(): void {
    return;
  }

  /**
   * One line a row: `3 a→b send :hi (2)`: seq, process, kind, peer, function, terms, cause.
   * Processes by name, else by number.
   */
  text(skip: readonly string[] = ['node']): string {
    return this.rows
      .map((row, i) => {
        const kind = EVENT_KINDS[row.kind] ?? '?';
        const terms = decodeTerms(row.payload, { name: (index) => this.atoms.get(`0:${index}`) }).map((term) =>
          printTerm(term, { syntax: 'elixir' }),
        );
        const flags =
          kind === 'state'
            ? [row.flags & Flags.BEFORE ? 'before' : '', row.flags & Flags.CHANGED ? 'changed' : '']
            : kind === 'handled' && row.flags & Flags.RAISED
              ? ['raised']
              : [];
        const parts = [
          `${i + 1}`,
          kind,
          this.#name(row.process),
          row.peer === 0 ? '' : `~ ${this.#name(row.peer)}`,
          this.#function(row.fn),
          ...terms,
          ...flags,
          row.cause === 0 ? '' : `(${row.cause})`,
        ];
        return { kind, line: parts.filter((part) => part !== '').join(' ') };
      })
      .filter(({ kind }) => !skip.includes(kind))
      .map(({ line }) => line)
      .join('\n');
  }

  #name(id: number): string {
    const process = this.processes[id - 1];
    return process === undefined ? '' : (process.name ?? `p${process.number}`);
  }

  #function(id: number): string {
    const fn = this.functions[id - 1];
    const point = fn?.point;
    if (fn && point)
      return `${this.atoms.get(`0:${fn.name}`) ?? '?'}:${point.line} ${point.names.map(({ name }) => name).join()}`.trim();
    return fn ? `${this.atoms.get(`0:${fn.module}`) ?? '?'}.${this.atoms.get(`0:${fn.name}`) ?? '?'}/${fn.arity}` : '';
  }
}
