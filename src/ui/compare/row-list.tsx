/** The rows, aligned: only those in view are in the page, so that a hundred thousand cost no more than fifty. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { CompareRowView, DifferenceView, EventView } from '../../server/index.js';
import { familyOf, kindLabel } from '../model/families.js';
import { shortFunction } from '../model/names.js';
import { count, momentText } from '../model/time.js';
import { useView } from '../panels/context.js';
import type { Comparison } from './compare-session.js';
import { Ruler } from './ruler.js';
import { CHANGED, LEFT, placeOf, RIGHT, SAME, type Item } from './rows.js';
import { useCompare } from './use-compare.js';

const ROW = 24;
const MARGIN = 12;
/** Browsers cannot make a box taller than some 30 million pixels; beyond it, scrolling is scaled. */
const TALLEST = 8_000_000;

export function RowList({ comparison }: { comparison: Comparison; row: number }): ReactNode {
  const compare = useCompare();
  const chosen = useView((state) => state.compare?.row ?? 0);
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 400 });
  const [, setOpened] = useState(0);
  const { rows, state } = comparison;
  const items = rows.items(state !== 'reading', chosen);
  const total = items.length * ROW;
  const tall = Math.min(total, TALLEST);
  // A pixel of the box stands for so many of the rows.
  const scale = tall <= view.height ? 1 : (total - view.height) / (tall - view.height);
  const top = view.top * scale;
  const from = Math.max(0, Math.floor(top / ROW) - MARGIN);
  const to = Math.min(items.length, Math.ceil((top + view.height) / ROW) + MARGIN);
  const shown = useMemo(() => items.slice(from, to), [items, from, to]);

  useLayoutEffect(() => {
    const element = box.current!;
    const read = (): void => {
      setView({ top: element.scrollTop, height: element.clientHeight });
    };
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener('scroll', read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', read);
    };
  }, []);

  const wanted = shown.flatMap((item) => ('row' in item ? [item.row] : []));
  useEffect(() => {
    void compare.want(wanted);
  });

  // The chosen row stays in view, a third down when one comes from afar.
  const reachable = chosen < rows.length;
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || !reachable) return;
    const at = placeOf(items, chosen) * ROW;
    const here = element.scrollTop * scale;
    if (at < here + ROW || at > here + element.clientHeight - 2 * ROW)
      element.scrollTop = (at - element.clientHeight / 3) / scale;
    // Only when the choice moves, not when more rows come.
  }, [chosen, reachable]);

  return (
    <div className="compare-rows">
      <div
        className="compare-scroll"
        ref={box}
        tabIndex={0}
        role="listbox"
        aria-label="Events of both, row by row"
        data-testid="compare-rows"
      >
        <div className="compare-tall" style={{ height: `${String(tall)}px` }}>
          <div style={{ position: 'absolute', insetInline: 0, top: `${String(view.top + from * ROW - top)}px` }}>
            {shown.map((item) =>
              'row' in item ? (
                <RowLine key={item.row} row={item.row} comparison={comparison} chosen={item.row === chosen} />
              ) : (
                <Fold
                  key={`fold ${String(item.from)}`}
                  item={item}
                  onOpen={() => {
                    rows.open(item);
                    setOpened((n) => n + 1);
                  }}
                />
              ),
            )}
          </div>
        </div>
      </div>
      <Ruler
        comparison={comparison}
        chosen={chosen}
        version={rows.length}
        onGo={(row) => {
          compare.goTo(row);
        }}
      />
    </div>
  );
}

function Fold({ item, onOpen }: { item: Extract<Item, { from: number }>; onOpen: () => void }): ReactNode {
  return (
    <button
      type="button"
      role="option"
      tabIndex={-1}
      aria-selected={false}
      className="compare-fold"
      data-testid="compare-fold"
      title="Show them"
      onClick={onOpen}
    >
      <span>{`▸ ${count(item.to - item.from)} the same`}</span>
    </button>
  );
}

const SIGN: Record<number, string> = { [SAME]: '', [CHANGED]: '~', [LEFT]: '−', [RIGHT]: '+' };
const NAME: Record<number, string> = {
  [SAME]: 'the same',
  [CHANGED]: 'another value',
  [LEFT]: 'only left',
  [RIGHT]: 'only right',
};

function RowLine({ row, comparison, chosen }: { row: number; comparison: Comparison; chosen: boolean }): ReactNode {
  const compare = useCompare();
  const kind = comparison.rows.kind(row);
  const text = compare.text(row);
  return (
    <button
      type="button"
      role="option"
      tabIndex={-1}
      aria-selected={chosen}
      aria-posinset={row + 1}
      aria-setsize={comparison.rows.length}
      className={`compare-row k-${String(kind)}${chosen ? ' is-chosen' : ''}`}
      data-testid="compare-row"
      data-row={row}
      data-kind={NAME[kind]}
      title={titleOf(text, kind)}
      onClick={() => {
        compare.goTo(row);
      }}
    >
      <Cell
        event={text?.left}
        peer={text?.leftPeer}
        waiting={text === undefined && kind !== RIGHT}
        difference={text?.differences[0]}
        side="left"
        more={text?.differences.length ?? 0}
      />
      <span className="compare-sign">
        <span aria-hidden="true">{SIGN[kind]}</span>
        <span className="visually-hidden">{NAME[kind]}</span>
      </span>
      <Cell
        event={text?.right}
        peer={text?.rightPeer}
        waiting={text === undefined && kind !== LEFT}
        difference={text?.differences[0]}
        side="right"
        more={text?.differences.length ?? 0}
      />
    </button>
  );
}

function Cell({
  event,
  peer,
  waiting,
  difference,
  side,
  more,
}: {
  event: EventView | undefined;
  peer: string | undefined;
  waiting: boolean;
  difference: DifferenceView | undefined;
  side: 'left' | 'right';
  more: number;
}): ReactNode {
  if (event === undefined) return <span className={`compare-cell${waiting ? '' : ' is-none'}`} />;
  const fn = event.fn === undefined ? undefined : shortFunction(event.fn);
  const subject =
    event.kind === 'send' && peer !== undefined
      ? `→ ${peer}`
      : event.kind === 'arrive' && peer !== undefined
        ? `← ${peer}`
        : (fn ?? peer ?? '');
  const value = difference?.[side];
  return (
    <span className={`compare-cell${event.bad ? ' is-bad' : ''}`}>
      <span className="compare-time num">{momentText(event.ns)}</span>
      <span className={`dot f-${event.bad ? 'crash' : familyOf(event.kind)}`} />
      <span className="compare-kind">{kindLabel(event.kind)}</span>
      <span className="compare-subject" title={subject}>
        {subject}
      </span>
      {difference !== undefined ? (
        <span className="compare-value">
          <span className="compare-where">{shortWhere(difference.where)}</span>
          {value === undefined ? (
            <span className="faint">not there</span>
          ) : (
            <ins>
              <bdi>{value}</bdi>
            </ins>
          )}
          {more > 1 && <span className="faint">{`+${String(more - 1)}`}</span>}
        </span>
      ) : (
        <code className="compare-text">
          <bdi>{event.text.text}</bdi>
        </code>
      )}
    </span>
  );
}

/** The end of a path says most. */
const shortWhere = (where: string): string => (where.length <= 24 ? where : `…${where.slice(-23)}`);

function titleOf(text: CompareRowView | undefined, kind: number): string {
  if (text === undefined) return NAME[kind] ?? '';
  const side = (letter: string, event: EventView | undefined): string[] =>
    event === undefined
      ? []
      : [`${letter} #${String(event.seq)} ${momentText(event.ns)} ${event.kind} ${event.fn ?? ''}\n${event.text.text}`];
  const differences = text.differences
    .slice(0, 8)
    .map(({ where, left, right }) => `${where}: ${left ?? '(not there)'} → ${right ?? '(not there)'}`);
  return [NAME[kind] ?? '', ...side('left', text.left), ...side('right', text.right), ...differences].join('\n');
}
