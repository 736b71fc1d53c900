/** The rows of an answer. Only those in view are in the page; a click on a number of an event, a moment or a process leads there. */
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { SqlCell, SqlTableView } from '../../server/index.js';
import { useSession } from '../panels/context.js';
import { useKept } from '../panels/use-kept.js';
import { cellText, meaningOf, orderFrom, orderText, sorted, type Meaning, type Order } from './columns.js';
import { goToRow } from './go-to-row.js';

const ROW = 24;
const MORE = 8;
const SAMPLE = 200;
const WIDEST = 56;

export function ResultTable({ table, row: chosen }: { table: SqlTableView; row: number }): ReactNode {
  const session = useSession();
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(400);
  const [kept, setKept] = useKept('sql.order');
  const sort = useMemo(() => orderFrom(kept, table.columns), [kept, table]);
  const setSort = (order: Order | undefined): void => {
    setKept(order && orderText(order, table.columns));
  };
  const meanings = useMemo(() => table.columns.map((_, i) => meaningOf(table, i)), [table]);
  const widths = useMemo(() => table.columns.map((_, i) => widthOf(table, i, meanings[i]!)), [table, meanings]);
  const order = useMemo(
    () => (sort === undefined ? table.rows.map((_, i) => i) : sorted(table.rows, sort.column, sort.down)),
    [table, sort],
  );
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      setHeight(entry?.contentRect.height ?? 400);
    });
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
    };
  }, []);
  useEffect(() => {
    const at = order.indexOf(chosen);
    const { current } = box;
    if (chosen < 0 || at < 0 || current === null) return;
    const y = at * ROW;
    if (y < current.scrollTop || y > current.scrollTop + current.clientHeight - 3 * ROW)
      current.scrollTop = Math.max(0, y - current.clientHeight / 2);
  }, [chosen, order]);
  const first = Math.max(0, Math.floor(top / ROW) - MORE);
  const last = Math.min(order.length, Math.ceil((top + height) / ROW) + MORE);
  const grid = { gridTemplateColumns: widths.map((width) => `${String(width)}ch`).join(' ') };
  return (
    <div
      className="result-scroll"
      ref={box}
      data-testid="result"
      role="table"
      aria-rowcount={table.rows.length + 1}
      aria-label="Answer"
      tabIndex={0}
      onScroll={(event) => {
        setTop(event.currentTarget.scrollTop);
      }}
    >
      <div className="result-head" role="row" style={grid}>
        {table.columns.map((column, i) => (
          <span
            key={i}
            role="columnheader"
            aria-sort={sort?.column !== i ? 'none' : sort.down ? 'descending' : 'ascending'}
          >
            <button
              type="button"
              className={isRight(meanings[i]!) ? 'is-right' : ''}
              title={`${column.name}, ${column.type}\nClick: sort`}
              onClick={() => {
                setSort(
                  sort?.column !== i ? { column: i, down: false } : sort.down ? undefined : { column: i, down: true },
                );
              }}
            >
              {column.name}
              {sort?.column === i ? (sort.down ? ' ▾' : ' ▴') : ''}
            </button>
          </span>
        ))}
      </div>
      <div className="result-body" style={{ height: `${String(order.length * ROW)}px` }}>
        <div style={{ transform: `translateY(${String(first * ROW)}px)` }}>
          {order.slice(first, last).map((index, i) => (
            <div
              key={index}
              role="row"
              aria-rowindex={first + i + 2}
              className={`result-row${index === chosen ? ' is-chosen' : ''}`}
              style={grid}
              data-testid="result-row"
              onDoubleClick={() => {
                goToRow(session, table, meanings, index);
              }}
            >
              {table.rows[index]!.map((cell, column) => (
                <Cell key={column} cell={cell} meaning={meanings[column]!} row={index} />
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

function Cell({ cell, meaning, row }: { cell: SqlCell; meaning: Meaning; row: number }): ReactNode {
  const session = useSession();
  const text = cellText(cell, meaning);
  if (cell === null)
    return (
      <span role="cell" className="result-null">
        null
      </span>
    );
  const go = (): void => {
    session.query.store.set({ row });
    const number = Number(cell);
    if (meaning === 'event') void session.jumpToSeq(number);
    else if (meaning === 'process') session.select(number);
    else {
      session.setMoment({ ns: number, seq: undefined });
      session.revealMoment();
    }
  };
  const leads =
    (meaning === 'event' && Number(cell) > 0) ||
    meaning === 'moment' ||
    (meaning === 'process' && session.process(Number(cell)) !== undefined);
  if (leads)
    return (
      <span role="cell" className="is-right">
        <button
          type="button"
          className="link num"
          title={
            meaning === 'process'
              ? `${session.name(Number(cell))}\nClick: choose this process`
              : `${String(cell)}\nClick: go there`
          }
          onClick={go}
        >
          {text}
        </button>
      </span>
    );
  return (
    <span role="cell" className={isRight(meaning) ? 'is-right num' : 'is-text'} title={text.slice(0, 2_000)}>
      {text.length > 400 ? `${text.slice(0, 400)}…` : text}
    </span>
  );
}

const isRight = (meaning: Meaning): boolean => meaning !== 'text';

function widthOf(table: SqlTableView, column: number, meaning: Meaning): number {
  let widest = table.columns[column]!.name.length + 2;
  for (const row of table.rows.slice(0, SAMPLE)) widest = Math.max(widest, cellText(row[column], meaning).length);
  return Math.min(WIDEST, Math.max(6, widest)) + 4;
}
