/** Questions about code, answered from a list of events by the plainest loop that is right. */
import type {
  CodeQuestions,
  FunctionInfo,
  LineExecutions,
  LineValues,
  Moment,
  ProcessId,
  RecordedEvent,
  Seq,
  SourceInfo,
  StackAnswer,
  StackFrame,
  VariablesAnswer,
} from '../../src/recording/index.js';

export interface CodeEvents {
  readonly list: readonly RecordedEvent[];
  readonly functions: readonly FunctionInfo[];
  readonly sourceList: SourceInfo[];
}

interface Open extends StackFrame {
  callback: boolean;
  variables: Map<string, { value: RecordedEvent['terms'][number]; seq: Seq; line: number }>;
}

export class MemoryCode implements CodeQuestions {
  constructor(private readonly from: CodeEvents) {}

  stack(process: ProcessId, at: Moment, limit = 1000): StackAnswer {
    const all = this.open(process, at);
    return { frames: all.slice(0, limit).map(plain), more: Math.max(0, all.length - limit), gaps: [] };
  }

  variables(process: ProcessId, at: Moment, frame?: Seq): VariablesAnswer | undefined {
    const all = this.open(process, at);
    const found = frame === undefined ? all[0] : all.find((each) => each.seq === frame);
    if (found === undefined) return undefined;
    return {
      frame: plain(found),
      variables: [...found.variables].map(([name, { value, seq, line }]) => ({ name, value, seq, line })),
      why: found.lineSeq > 0 ? undefined : 'recorded at depth values: its lines are not recorded',
      gaps: [],
    };
  }

  sources(): SourceInfo[] {
    return this.from.sourceList;
  }

  points(module: string): FunctionInfo[] {
    return this.from.functions
      .filter((each) => each.module === module && each.line !== undefined)
      .sort((a, b) => (a.point?.line ?? a.line ?? 0) - (b.point?.line ?? b.line ?? 0));
  }

  lines(module: string, window: { from?: Moment; to?: Moment; process?: ProcessId } = {}): LineExecutions[] {
    const counts = new Map<number, number>();
    for (const event of this.from.list) {
      if (window.process !== undefined && event.process !== window.process) continue;
      if (event.seq < (window.from?.seq ?? 0) || event.seq > (window.to?.seq ?? Infinity)) continue;
      const line = this.lineOf(event, module);
      if (line !== undefined) counts.set(line, (counts.get(line) ?? 0) + 1);
    }
    return [...counts].sort(([a], [b]) => a - b).map(([line, count]) => ({ line, count }));
  }

  lineValues(module: string, process: ProcessId, at: Moment): LineValues[] {
    const lines = new Map<number, LineValues>();
    for (const event of this.from.list) {
      if (event.seq > at.seq || event.process !== process) continue;
      const fn = this.from.functions[event.fn - 1];
      if (fn?.point === undefined || fn.module !== module) continue;
      const { point } = fn;
      if (event.kind === 'line' && point.what === 'line') {
        lines.set(point.line, { line: point.line, seq: event.seq, ns: event.ns, values: [] });
      }
      const values = event.kind === 'line' ? elements(event) : event.terms;
      for (const [i, value] of values.entries()) {
        const bound = point.names[i];
        const line = event.kind === 'line' ? (bound?.line ?? point.line) : point.line;
        const entry = lines.get(line);
        entry?.values.push({
          label: bound?.name ?? point.label,
          expression: event.kind === 'expression',
          value,
          seq: event.seq,
        });
      }
    }
    return [...lines.values()].sort((a, b) => a.line - b.line);
  }

  nextLine(query: {
    module: string;
    line: number;
    from: Moment;
    direction: 1 | -1;
    process?: ProcessId;
  }): Seq | undefined {
    const list = query.direction === 1 ? this.from.list : [...this.from.list].reverse();
    return list.find(
      (event) =>
        (query.direction === 1 ? event.seq > query.from.seq : event.seq < query.from.seq) &&
        (query.process === undefined || event.process === query.process) &&
        this.lineOf(event, query.module) === query.line,
    )?.seq;
  }

  tableRows(): { rows: never[]; complete: boolean; gaps: never[] } {
    return { rows: [], complete: false, gaps: [] };
  }

  private lineOf(event: RecordedEvent, module: string): number | undefined {
    if (event.kind !== 'line') return undefined;
    const fn = this.from.functions[event.fn - 1];
    return fn?.module === module && fn.point?.what === 'line' ? fn.point.line : undefined;
  }

  /** Innermost first; a callback whose call is recorded stands there once. */
  private open(process: ProcessId, at: Moment): Open[] {
    const stack: Open[] = [];
    const leave = (seq: Seq): void => {
      const index = stack.findIndex((each) => each.seq === seq);
      if (index >= 0) stack.length = index;
    };
    for (const event of this.from.list) {
      if (event.seq > at.seq) break;
      if (event.process !== process) continue;
      if (event.kind === 'call' || event.kind === 'handle') {
        stack.push({
          seq: event.seq,
          ns: event.ns,
          fn: event.fn,
          args: event.kind === 'call' ? event.terms[0] : undefined,
          line: undefined,
          lineSeq: 0,
          callback: event.kind === 'handle',
          variables: new Map(),
        });
      } else if (['return', 'exception', 'tail', 'handled'].includes(event.kind)) leave(event.cause);
      else if (event.kind === 'exit') stack.length = 0;
      else if (event.kind === 'line') {
        const frame = stack.find((each) => each.seq === event.cause);
        const point = this.from.functions[event.fn - 1]?.point;
        if (frame === undefined || point === undefined) continue;
        if (point.what === 'line') {
          frame.line = point.line;
          frame.lineSeq = event.seq;
        }
        for (const [i, value] of elements(event).entries()) {
          const name = point.names[i];
          if (name !== undefined) frame.variables.set(name.name, { value, seq: event.seq, line: name.line });
        }
      }
    }
    return stack.filter((each, i) => !each.callback || stack[i + 1]?.fn !== each.fn).reverse();
  }
}

const elements = (event: RecordedEvent): readonly RecordedEvent['terms'][number][] => {
  const [list] = event.terms;
  return list?.kind === 'list' ? list.elements : [];
};

const plain = ({ seq, ns, fn, args, line, lineSeq }: Open): StackFrame => ({ seq, ns, fn, args, line, lineSeq });
