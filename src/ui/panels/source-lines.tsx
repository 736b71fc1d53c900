/** The lines of a file; only those in sight exist. */
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { LineValuesView } from '../../server/index.js';
import { COLOURS, type LineTokens } from '../highlight/tokens.js';
import { count, counted, momentText } from '../model/time.js';
import type { OpenFile } from '../state/source-book.js';
import type { SourcePlace } from '../state/view-state.js';
import { useSession, useView } from './context.js';
import { DepthMenu } from './depth-menu.js';
import { PrintRow } from '../prints/print-row.js';
import type { Found } from './source-find.js';

const ROW = 20;
const PRINT = 30;
const MARGIN = 12;
/** Values are asked for so many lines at a time, and as many on both sides. */
const BAND = 400;

/** Where lines lie, with prints between them. */
class Heights {
  /** Lines below which a print stands, each as often as it has one. */
  constructor(private readonly prints: readonly number[]) {}

  top(line: number): number {
    return (line - 1) * ROW + this.prints.filter((each) => each < line).length * PRINT;
  }
  /** The line at a height. */
  lineAt(y: number): number {
    let line = Math.floor(y / ROW) + 1;
    for (let i = 0; i < this.prints.length && this.top(line) > y; i++) line -= Math.ceil(PRINT / ROW);
    return Math.max(1, line);
  }
}

interface LinesProps {
  file: OpenFile;
  place: SourcePlace;
  found: Found | undefined;
}

export function SourceLines({ file, place, found }: LinesProps): ReactNode {
  const session = useSession();
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 400, width: 800 });
  // Where it stands and how high it is; known without asking, which would lay out the whole page within each step.
  const stands = useRef({ top: 0, height: 0 });
  const { module } = file.source;
  const prints = useView((state) => state.prints);
  const own = useMemo(() => {
    const under = new Map<number, number[]>();
    prints.forEach((each, i) => {
      if (each.module !== module || each.line > Math.max(1, file.lines.length)) return;
      under.set(each.line, [...(under.get(each.line) ?? []), i]);
    });
    const lines = [...under].flatMap(([line, all]) => all.map(() => line));
    return { under, count: lines.length, heights: new Heights(lines) };
  }, [prints, module, file.lines.length]);
  const { heights } = own;
  const code = useView((state) => state.code);
  const frame = code?.frames.find((each) => each.seq === code.variables?.frame);
  const inThis = frame?.module === file.source.module ? frame : undefined;

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { height, width } = entry!.contentRect;
      stands.current.height = height;
      setView((before) => ({ ...before, height, width }));
    });
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
    };
  }, []);

  // The line looked at comes into sight, with some of what leads to it; when it is in sight already nothing moves.
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || place.line === 0) return;
    const at = stands.current;
    const top = heights.top(place.line);
    if (at.height === 0) at.height = element.clientHeight;
    if (top < at.top + ROW || top + ROW * 2 > at.top + at.height)
      element.scrollTop = at.top = Math.max(0, top - at.height * 0.4);
    // Prints that come and go do not move what is looked at.
  }, [place.line, place.nonce, file.complete]);

  const first = Math.max(0, heights.lineAt(view.top) - 1 - MARGIN);
  const values = useValues(file.source.module, Math.floor(first / BAND) * BAND);
  const last = Math.min(file.lines.length - 1, heights.lineAt(view.top + view.height) + MARGIN);
  const rows: ReactNode[] = [];
  for (let i = first; i <= last; i++) {
    const number = i + 1;
    const known = values.lines.get(number);
    const fn = file.functions.get(number);
    rows.push(
      <Row
        key={number}
        number={number}
        text={file.lines[i]!}
        tokens={file.tokens}
        count={file.counts.get(number)}
        share={share(file.counts.get(number) ?? 0, file.most)}
        reachable={file.points.has(number)}
        current={inThis?.line === number}
        chosen={place.pinned && place.line === number}
        values={known}
        old={known !== undefined && (inThis === undefined || known.seq < inThis.seq)}
        module={file.source.module}
        fn={fn?.name}
        found={found?.places.get(number)}
        foundLength={found?.text.length ?? 0}
        foundAt={found?.list[found.at]?.line === number ? found.list[found.at]!.column : -1}
        go={goToLine}
        print={print}
      />,
    );
    for (const index of own.under.get(number) ?? [])
      rows.push(<PrintRow key={`print ${String(index)}`} wish={prints[index]!} index={index} />);
  }
  function print(line: number): void {
    session.code.open(module, line, true);
    session.code.prints.start(line);
  }
  function goToLine(line: number, direction: 1 | -1, any: boolean): void {
    void session.code.goToLine(module, line, direction, any);
  }
  return (
    <div
      className="source-body"
      data-moment={values.moment}
      ref={box}
      tabIndex={0}
      role="group"
      aria-label={`${file.source.title}, ${counted(file.source.lines, 'line')}`}
      style={{ ['--source-width' as string]: `${String(Math.round(view.width))}px` }}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
        event.stopPropagation();
        event.preventDefault();
        const line = place.line + (event.key === 'ArrowDown' ? 1 : -1);
        session.code.open(module, Math.min(Math.max(1, line), file.source.lines), true);
      }}
      onScroll={(event) => {
        const { scrollTop } = event.currentTarget;
        stands.current.top = scrollTop;
        setView((before) => ({ ...before, top: scrollTop }));
      }}
    >
      <div className="source-lines" style={{ height: `${String(file.lines.length * ROW + own.count * PRINT + 8)}px` }}>
        <div className="source-window" style={{ transform: `translateY(${String(heights.top(first + 1))}px)` }}>
          {rows}
        </div>
      </div>
    </div>
  );
}

/** Four steps of warmth, by the logarithm. */
const share = (n: number, most: number): number =>
  n === 0 ? 0 : most <= 1 ? 1 : 1 + Math.min(3, Math.floor((4 * Math.log(n)) / Math.log(most + 1)));

interface RowProps {
  number: number;
  text: string;
  tokens: LineTokens | undefined;
  count: number | undefined;
  share: number;
  reachable: boolean;
  current: boolean;
  chosen: boolean;
  values: LineValuesView | undefined;
  /** From an earlier run of these lines, not the chosen frame's. */
  old: boolean;
  module: string;
  fn: string | undefined;
  /** Columns of what is looked for. */
  found: readonly number[] | undefined;
  foundLength: number;
  /** The column of the one that is looked at, -1: none here. */
  foundAt: number;
  go: (line: number, direction: 1 | -1, any: boolean) => void;
  print: (line: number) => void;
}

const Row = memo(
  function Row(row: RowProps): ReactNode {
    const { number, count: times, current, reachable } = row;
    const ran = times !== undefined && times > 0;
    const what = ran ? `ran ${times.toLocaleString('en')} ${times === 1 ? 'time' : 'times'}` : 'not reached';
    return (
      <div
        className={`source-row${current ? ' is-current' : ''}${row.chosen ? ' is-chosen' : ''}`}
        data-testid="source-row"
        data-line={number}
        aria-current={current ? 'step' : undefined}
      >
        <span className={`source-gutter heat-${String(row.share)}`}>
          {ran && (
            <button
              type="button"
              className="source-step"
              tabIndex={-1}
              title="Previous execution of this line (with shift: by any process)"
              aria-label={`Previous execution of line ${String(number)}`}
              onClick={(event) => {
                row.go(number, -1, event.shiftKey);
              }}
            >
              ◂
            </button>
          )}
          <button
            type="button"
            className="source-count num"
            disabled={!ran}
            aria-hidden={!ran && !reachable}
            tabIndex={ran ? 0 : -1}
            title={
              ran || reachable ? `Line ${String(number)} ${what}${ran ? '. Click: its next execution' : ''}` : undefined
            }
            data-count={times ?? 0}
            onClick={(event) => {
              row.go(number, 1, event.shiftKey);
            }}
          >
            {ran ? count(times) : reachable ? '·' : ''}
          </button>
          {ran && (
            <button
              type="button"
              className="source-step"
              tabIndex={-1}
              title="Next execution of this line (with shift: by any process)"
              aria-label={`Next execution of line ${String(number)}`}
              onClick={(event) => {
                row.go(number, 1, event.shiftKey);
              }}
            >
              ▸
            </button>
          )}
        </span>
        <span className="source-number num">
          {number}
          {(ran || reachable) && (
            <button
              type="button"
              className="source-print"
              tabIndex={-1}
              title="Print afterwards: an expression at every execution of this line ( p )"
              aria-label={`Print at line ${String(number)}`}
              data-testid="source-print"
              onClick={() => {
                row.print(number);
              }}
            >
              +
            </button>
          )}
        </span>
        <code className="source-text">
          {row.found === undefined ? (
            <Coloured text={row.text} line={number - 1} tokens={row.tokens} />
          ) : (
            <Marked text={row.text} at={row.found} length={row.foundLength} chosen={row.foundAt} />
          )}
        </code>
        {row.values !== undefined && row.values.values.length > 0 && <Values values={row.values} old={row.old} />}
        {row.fn !== undefined && (
          <span className="source-fn">
            <DepthMenu module={row.module} name={row.fn}>
              {`${row.fn} ▾`}
            </DepthMenu>
          </span>
        )}
      </div>
    );
  },
  (a, b) =>
    (Object.keys(a) as (keyof RowProps)[]).every((key) => key === 'go' || key === 'print' || Object.is(a[key], b[key])),
);

function Values({ values, old }: { values: LineValuesView; old: boolean }): ReactNode {
  const when = old ? `from an earlier run, at ${momentText(values.ns)}` : `at ${momentText(values.ns)}`;
  return (
    <span
      className={`source-values${old ? ' is-old' : ''}`}
      data-testid="source-values"
      title={`${values.values.map((each) => `${each.label} = ${each.text.text}`).join('\n')}\n${when}`}
    >
      {values.values.map((each, i) => (
        <span className={`source-value${each.expression ? ' is-expression' : ''}`} key={i}>
          <bdi className="source-label">{each.label}</bdi>
          <span className="faint"> = </span>
          <bdi className="source-value-text">{each.text.text}</bdi>
        </span>
      ))}
      {values.more > 0 && <span className="faint">{`+${String(values.more)}`}</span>}
    </span>
  );
}

/** A line in which something was found, without its colours, so that the marks stand out. */
function Marked({
  text,
  at,
  length,
  chosen,
}: {
  text: string;
  at: readonly number[];
  length: number;
  chosen: number;
}): ReactNode {
  // prettier-ignore
  const out: ReactNode[] = [];
  let from = 0;
  for (const column of at) {
    out.push(text.slice(from, column));
    from = column + length;
    out.push(
      <mark key={column} className={`find-hit${column === chosen ? ' is-at' : ''}`}>
        {text.slice(column, from)}
      </mark>,
    );
  }
  out.push(text.slice(from));
  return out;
}

/** A line in its colours: pieces of text, never markup. */
function Coloured({ text, line, tokens }: { text: string; line: number; tokens: LineTokens | undefined }): ReactNode {
  if (tokens === undefined || line + 1 >= tokens.first.length) return text;
  const out: ReactNode[] = [];
  let at = 0;
  for (let i = tokens.first[line]!; i < tokens.first[line + 1]!; i++) {
    const start = tokens.stretches[i * 3]!;
    const end = tokens.stretches[i * 3 + 1]!;
    if (start > at) out.push(text.slice(at, start));
    out.push(
      <span key={i} className={`k-${COLOURS[tokens.stretches[i * 3 + 2]!] ?? ''}`}>
        {text.slice(start, end)}
      </span>,
    );
    at = end;
  }
  if (at < text.length) out.push(text.slice(at));
  return out;
}

const NONE: ReadonlyMap<number, LineValuesView> = new Map();

/** Values beside the lines at the moment, of the selected process, around line `from`. They come along with the moment, unless one has scrolled. */
function useValues(module: string, from: number): { moment: number | undefined; lines: typeof NONE } {
  const session = useSession();
  const selected = useView((state) => state.selected);
  const code = useView((state) => state.code);
  const held = useView((state) => state.lines);
  const start = Math.max(0, from - BAND);
  const end = from + 2 * BAND;
  useLayoutEffect(() => {
    session.code.band = { from: start, to: end };
    return () => {
      session.code.band = undefined;
    };
  }, [session, start, end]);
  const of = held?.module === module && held.process === selected ? held : undefined;
  const known = of !== undefined && of.seq === code?.at.seq && of.from <= start && of.to >= end;
  useEffect(() => {
    if (known || code?.process !== selected) return;
    let gone = false;
    const query = { module, process: selected, from: start, to: end };
    session.client.ask('lineValues', { ...query, at: { seq: code.at.seq } }, 'values').then(
      ({ lines }) => {
        if (!gone) session.store.set({ lines: { ...query, seq: code.at.seq, lines } });
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [session, module, selected, code, start, end, known]);
  // A line whose values stayed as they were is the same object, and so is not rendered again.
  const before = useRef(NONE);
  const lines = useMemo(() => {
    if (of === undefined) return NONE;
    return new Map(of.lines.map((each) => [each.line, sameValues(before.current.get(each.line), each)]));
  }, [of]);
  useLayoutEffect(() => {
    before.current = lines;
  }, [lines]);
  return { moment: of?.seq, lines };
}

/** What was there, where it says the same. */
function sameValues(before: LineValuesView | undefined, now: LineValuesView): LineValuesView {
  if (before?.seq !== now.seq || before.more !== now.more || before.values.length !== now.values.length) return now;
  const same = before.values.every((each, i) => {
    const { label, expression, text } = now.values[i]!;
    return each.label === label && each.expression === expression && each.text.text === text.text;
  });
  return same ? before : now;
}
