/** The questions about functions from inside, answered by looking at all rows: what the queries are compared with. */
import type { LineExecutions, LineValues, RecordedVariable, StackFrame } from '../code.js';
import type { FunctionInfo, PointInfo, ProcessId, Seq } from '../model.js';
import { Kind } from '../queries/kinds.js';
import type { ModelRow } from './random-recording.js';

const ENDS: readonly number[] = [Kind.RETURN, Kind.EXCEPTION, Kind.TAIL, Kind.HANDLED];
const LINES: readonly number[] = [Kind.LINE, Kind.EXPRESSION];

export class SlowCode {
  constructor(
    readonly rows: readonly ModelRow[],
    readonly functions: readonly FunctionInfo[],
  ) {}

  /** Plays calls and ends again. Innermost first. */
  stack(process: ProcessId, seq: Seq): StackFrame[] {
    let open: ModelRow[] = [];
    for (const row of this.#of(process, seq)) {
      const at = open.findIndex((other) => other.seq === row.cause);
      if (row.kind === Kind.CALL || row.kind === Kind.HANDLE) open.push(row);
      else if (row.kind === Kind.EXIT) open = [];
      else if (at >= 0 && ENDS.includes(row.kind)) open.length = at;
      else if (at >= 0 && LINES.includes(row.kind)) open.length = at + 1;
    }
    return open
      .filter((row, i) => row.kind === Kind.CALL || open[i + 1]?.kind !== Kind.CALL || open[i + 1]?.fn !== row.fn)
      .reverse()
      .map((row) => {
        const line = this.#lines(process, row.seq, seq).findLast((other) => this.#point(other)?.what === 'line');
        return {
          seq: row.seq,
          ns: row.ns,
          fn: row.fn,
          args: row.kind === Kind.CALL ? row.terms[0] : undefined,
          line: line && this.#point(line)?.line,
          lineSeq: line?.seq ?? 0,
        };
      });
  }

  variables(process: ProcessId, seq: Seq, frame: Seq): RecordedVariable[] {
    const lines = this.#lines(process, frame, seq);
    const scope = lines.length > 0 ? this.#point(lines.at(-1)!)?.scope : undefined;
    const found = new Map<string, RecordedVariable & { index: number }>();
    for (const row of lines) {
      const point = this.#point(row)!;
      point.names.forEach(({ name, line }, index) => {
        const list = row.terms[0];
        const value = list?.kind === 'list' ? list.elements[index]! : { kind: 'opaque' as const, text: 'none' };
        const key = scope ? `${name} ${line}` : name;
        if (!scope || scope.some((one) => one.name === name && one.line === line))
          found.set(key, { name, line, value, seq: row.seq, index });
      });
    }
    return [...found.values()]
      .sort((a, b) => a.line - b.line || a.seq - b.seq || a.index - b.index)
      .map(({ index: _, ...variable }) => variable);
  }

  lines(module: string, from: Seq, to: Seq, process?: ProcessId): LineExecutions[] {
    const counts = new Map<number, number>();
    for (const row of this.rows) {
      if (row.seq < from || row.seq > to || row.kind !== Kind.LINE) continue;
      if (process !== undefined && row.process !== process) continue;
      const point = this.#point(row);
      if (point?.what !== 'line' || this.functions[row.fn - 1]?.module !== module) continue;
      counts.set(point.line, (counts.get(point.line) ?? 0) + 1);
    }
    return [...counts].sort(([a], [b]) => a - b).map(([line, count]) => ({ line, count }));
  }

  lineValues(module: string, process: ProcessId, seq: Seq): LineValues[] {
    const own = this.#of(process, seq).filter(
      (row) => LINES.includes(row.kind) && this.functions[row.fn - 1]?.module === module,
    );
    const lines = new Map<number, LineValues & { arrived: boolean }>();
    const entry = (line: number, row: ModelRow): LineValues & { arrived: boolean } => {
      const known = lines.get(line) ?? { line, seq: row.seq, ns: row.ns, values: [], arrived: false };
      lines.set(line, known);
      return known;
    };
    const put = (line: number, row: ModelRow, label: string, value: LineValues['values'][number]['value']): void => {
      const expression = row.kind === Kind.EXPRESSION;
      const { values } = entry(line, row);
      const at = values.findIndex((one) => one.label === label && one.expression === expression);
      if (at >= 0) values.splice(at, 1);
      values.push({ label, expression, value, seq: row.seq });
    };
    for (const row of own) {
      const point = this.#point(row)!;
      if (point.what === 'line')
        Object.assign(entry(point.line, row), { seq: row.seq, ns: row.ns, arrived: true, values: [] });
      if (point.what === 'expression') put(point.line, row, point.label, row.terms[0]!);
      else
        point.names.forEach(({ name, line }, i) => {
          if (row.terms[0]?.kind === 'list') put(line, row, name, row.terms[0].elements[i]!);
        });
    }
    return [...lines.values()]
      .map(({ arrived, ...found }) => {
        const oldest = found.values[0];
        if (arrived || !oldest) return found;
        return { ...found, seq: oldest.seq, ns: this.rows[oldest.seq - 1]!.ns };
      })
      .sort((a, b) => a.line - b.line);
  }

  nextLine(module: string, line: number, from: Seq, direction: 1 | -1, process?: ProcessId): Seq | undefined {
    const all = this.rows.filter((row) => {
      const point = this.#point(row);
      return (
        row.kind === Kind.LINE &&
        point?.what === 'line' &&
        point.line === line &&
        this.functions[row.fn - 1]?.module === module &&
        (process === undefined || row.process === process)
      );
    });
    return (direction > 0 ? all.find(({ seq }) => seq > from) : all.findLast(({ seq }) => seq < from))?.seq;
  }

  #lines(process: ProcessId, frame: Seq, seq: Seq): ModelRow[] {
    return this.#of(process, seq).filter((row) => row.kind === Kind.LINE && row.cause === frame && frame > 0);
  }

  #point(row: ModelRow): PointInfo | undefined {
    return this.functions[row.fn - 1]?.point;
  }

  #of(process: ProcessId, seq: Seq): ModelRow[] {
    return this.rows.filter((row) => row.process === process && row.seq <= seq);
  }
}
