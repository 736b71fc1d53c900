/** The values of the chosen print: over time, how often each, and one by one. Beside the source, as the lines stay in sight. */
import { useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { count, momentText } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { figuresOf, indexAt, reaches } from './figures.js';
import { PrintChart } from './print-chart.js';
import type { Printed } from './print-session.js';
import { usePrinted } from './use-prints.js';
import type { PrintWish } from './wish.js';

const ROW = 22;
const MARGIN = 6;
const DISTINCT = 4;

export function PrintPanel(): ReactNode {
  const index = useView((state) => state.print);
  const wish = useView((state) => state.prints[state.print]);
  if (wish === undefined || wish.expression === '') return undefined;
  return <Values wish={wish} index={index} />;
}

function Values({ wish, index }: { wish: PrintWish; index: number }): ReactNode {
  const session = useSession();
  const { prints } = session.code;
  const printed = usePrinted(wish);
  const selected = useView((state) => state.selected);
  const all = useView((state) => state.prints);
  const moment = useView((state) => state.panel?.at.seq ?? state.events?.at.seq ?? state.moment.seq ?? 0);
  const hits = printed?.hits ?? [];
  const at = indexAt(hits, moment);
  const go = (hit: (typeof hits)[number] | undefined): void => {
    prints.go(hit);
  };
  return (
    <aside className="prints" aria-label="Printed values" data-testid="prints">
      <header className="prints-head">
        {all.length > 1 ? (
          <select
            aria-label="Print"
            className="prints-which mono"
            value={index}
            onChange={(event) => {
              const chosen = Number(event.target.value);
              prints.choose(chosen);
              const one = session.state.prints[chosen];
              if (one !== undefined) session.code.open(one.module, one.line, true);
            }}
          >
            {all.map((each, i) => (
              <option key={i} value={i}>{`${String(each.line)}: ${each.expression || '…'}`}</option>
            ))}
          </select>
        ) : (
          <bdi className="mono clip prints-which" title={wish.expression}>
            {wish.expression}
          </bdi>
        )}
        <span className="prints-steps">
          <button type="button" className="icon-button" title="First" aria-label="First value" disabled={hits.length === 0} onClick={() => { go(hits[0]); }}>⇤</button>
          <button type="button" className="icon-button" title="Previous" aria-label="Previous value" data-testid="print-previous" disabled={hits.length === 0} onClick={() => { go(hits[at >= 0 && hits[at]!.seq === moment ? at - 1 : at]); }}>◂</button>
          <button type="button" className="icon-button" title="Next" aria-label="Next value" data-testid="print-next" disabled={hits.length === 0} onClick={() => { go(hits[at + 1]); }}>▸</button>
        </span>
      </header>
      <div className="prints-options">
        <label title="Only executions at which it is neither nil nor false (in Erlang: at which it is true)">
          <input
            type="checkbox"
            data-testid="print-only"
            checked={wish.only}
            onChange={(event) => {
              prints.change(index, { only: event.target.checked });
            }}
          />
          only where true
        </label>
        {(selected > 0 || wish.process > 0) && (
          <label className="clip" title={`only ${session.name(wish.process > 0 ? wish.process : selected)}`}>
            <input
              type="checkbox"
              data-testid="print-process"
              checked={wish.process > 0}
              onChange={(event) => {
                prints.change(index, { process: event.target.checked ? selected : 0 });
              }}
            />
            {`only ${session.name(wish.process > 0 ? wish.process : selected)}`}
          </label>
        )}
      </div>
      {printed === undefined ? (
        <p className="prints-note faint">Looking…</p>
      ) : printed.error !== undefined ? (
        <Wrong wish={wish} error={printed.error} />
      ) : (
        <>
          <Overview printed={printed} moment={moment} go={go} />
          <Hits printed={printed} wish={wish} at={at} reached={reaches(printed, moment)} go={go} />
        </>
      )}
    </aside>
  );
} // prettier-ignore

/** The expression with the place of the error marked in it. */
function Wrong({ wish, error }: { wish: PrintWish; error: NonNullable<Printed['error']> }): ReactNode {
  const { expression } = wish;
  const end = Math.max(error.at + error.length, error.at + 1);
  return (
    <div className="prints-note" data-testid="print-error">
      <p className="mono print-wrong">
        {expression.slice(0, error.at)}
        <mark>{expression.slice(error.at, end) || ' '}</mark>
        {expression.slice(end)}
      </p>
      <p className="problem">{error.message}</p>
    </div>
  );
}

interface Shown {
  printed: Printed;
  go: (hit: Printed['hits'][number] | undefined) => void;
}

function Overview({ printed, moment, go }: Shown & { moment: number }): ReactNode {
  const { hits } = printed;
  const { numbers, distinct } = useMemo(() => figuresOf(hits), [hits]);
  if (hits.length === 0) return undefined;
  if (numbers !== undefined)
    return <PrintChart hits={hits} moment={moment} reached={reaches(printed, moment)} go={go} />;
  const most = distinct[0]?.count ?? 1;
  return (
    <div className="print-distinct" data-testid="print-distinct">
      <p className="faint">{`${count(distinct.length)} distinct ${distinct.length === 1 ? 'value' : 'values'}`}</p>
      {distinct.slice(0, DISTINCT).map((each) => (
        <button
          type="button"
          key={each.text}
          title={`${each.text}\n${String(each.count)} times; click: the first`}
          onClick={() => {
            go(each.first);
          }}
        >
          <span className="print-bar" style={{ width: `${((100 * each.count) / most).toFixed(1)}%` }} />
          <bdi className="mono clip">{each.text}</bdi>
          <span className="num faint">{count(each.count)}</span>
        </button>
      ))}
    </div>
  );
}

/** One by one; only those in sight exist. */
/** `reached`: the one at `at` is that of the moment; else it is only the last that was looked at so far. */
function Hits({
  printed,
  wish,
  at,
  reached,
  go,
}: Shown & { wish: PrintWish; at: number; reached: boolean }): ReactNode {
  const session = useSession();
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 200 });
  const { hits } = printed;
  const all = wish.process > 0 ? undefined : session.code.book.file(wish.module)?.counts.get(wish.line);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      setView((before) => ({ ...before, height: entry!.contentRect.height }));
    });
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || at < 0) return;
    const top = at * ROW;
    if (top < element.scrollTop || top + ROW > element.scrollTop + element.clientHeight)
      element.scrollTop = Math.max(0, top - element.clientHeight / 2);
  }, [at]);
  const first = Math.max(0, Math.floor(view.top / ROW) - MARGIN);
  const last = Math.min(hits.length - 1, Math.ceil((view.top + view.height) / ROW) + MARGIN);
  const rows: ReactNode[] = [];
  for (let i = first; i <= last; i++) {
    const hit = hits[i]!;
    rows.push(
      <div
        key={hit.seq}
        id={`print-hit-${String(i)}`}
        role="option"
        aria-selected={reached && i === at}
        className={`print-hit${reached && i === at ? ' is-at' : ''} is-${hit.kind}`}
        data-testid="print-hit"
        data-seq={hit.seq}
        title={`${hit.text.text}\n${session.name(hit.process)}, ${momentText(hit.ns)}`}
        onClick={() => {
          go(hit);
        }}
      >
        <span className="num faint">{momentText(hit.ns)}</span>
        <span className="clip print-who">{session.name(hit.process)}</span>
        <bdi className="mono clip">{hit.kind === 'value' ? hit.text.text : `${hit.kind === 'raised' ? 'raises' : 'unknown'}: ${hit.text.text}`}</bdi>
      </div>,
    ); // prettier-ignore
  }
  return (
    <>
      <div
        className="print-hits"
        ref={box}
        role="listbox"
        aria-label={`${String(hits.length)} values`}
        aria-activedescendant={at >= first && at <= last ? `print-hit-${String(at)}` : undefined}
        tabIndex={0}
        onScroll={(event) => {
          const { scrollTop } = event.currentTarget;
          setView((before) => ({ ...before, top: scrollTop }));
        }}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
          event.stopPropagation();
          event.preventDefault();
          const next = hits[event.key === 'ArrowDown' ? at + 1 : at - 1];
          if (next !== undefined) go(next);
        }}
      >
        <div style={{ height: `${String(hits.length * ROW)}px` }}>
          <div style={{ transform: `translateY(${String(first * ROW)}px)` }}>{rows}</div>
        </div>
      </div>
      <p className="prints-foot faint" role="status" data-testid="prints-foot">
        {`${count(hits.length)} of ${printed.done || all === undefined ? count(printed.looked) : `the first ${count(printed.looked)} of ${count(all)}`} executions`}
        {printed.unknown > 0 && ` · ${count(printed.unknown)} not known`}
        {!printed.done && !printed.full && ' · looking…'}
        {printed.full && (
          <button
            type="button"
            className="icon-button"
            onClick={() => {
              session.code.prints.more(wish);
            }}
          >
            go on
          </button>
        )}
      </p>
    </>
  );
}
