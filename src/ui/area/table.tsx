/** A table of totals: sorted by the server, since it knows all rows and sends the first ones. */
import type { ReactNode } from 'react';
import type { AreaSort } from '../../server/index.js';
import { count } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { SORTS } from '../state/totals.js';
import { setTotals } from './area-actions.js';
import { csv } from './csv.js';

export interface Column<Row> {
  title: string;
  hint?: string;
  sort?: AreaSort;
  /** Numbers stand to the right. */
  number?: boolean;
  cell: (row: Row) => ReactNode;
  /** For the spreadsheet; times in nanoseconds. */
  value: (row: Row) => string | number;
}

export function TotalsTable<Row>({
  label,
  columns,
  rows,
  keyOf,
  total,
  note,
  empty,
}: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Rows there are. */
  total: number;
  note?: ReactNode;
  empty: string;
}): ReactNode {
  const session = useSession();
  const part = useView((state) => state.totals.part);
  const sort = useView((state) => state.totals.sort) ?? SORTS[part][0];
  if (rows.length === 0)
    return (
      <div className="hint-text" data-testid="area-none">
        <p>{empty}</p>
        {note}
      </div>
    );
  return (
    <>
      <table className="area-table" aria-label={label} data-testid={`area-table-${part}`}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.title}
                scope="col"
                className={column.number === true ? 'is-number' : undefined}
                aria-sort={column.sort !== undefined && column.sort === sort ? 'descending' : undefined}
              >
                {column.sort === undefined ? (
                  <span title={column.hint}>{column.title}</span>
                ) : (
                  <button
                    type="button"
                    title={`${column.hint ?? column.title}\nSort by it`}
                    onClick={() => {
                      setTotals(session, { sort: column.sort });
                    }}
                  >
                    {column.title}
                    {column.sort === sort ? ' ▾' : ''}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.title} className={column.number === true ? 'is-number num' : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="area-foot">
        {total > rows.length && <span>{`The first ${count(rows.length)} of ${count(total)}. `}</span>}
        {note}
        <button
          type="button"
          className="link"
          onClick={() => {
            const text = csv(
              columns.map((column) => column.title),
              rows.map((row) => columns.map((column) => column.value(row))),
            );
            session.copy(text, `${String(rows.length)} rows as CSV`);
          }}
        >
          copy as CSV
        </button>
      </p>
    </>
  );
}

/** A share of the whole as a bar, with its number. */
export function Share({ part, whole }: { part: number; whole: number }): ReactNode {
  const percent = whole <= 0 ? 0 : (100 * part) / whole;
  return (
    <span className="area-share">
      <span className="area-share-bar">
        <span style={{ width: `${String(Math.min(100, percent))}%` }} />
      </span>
      <span className="num">{`${percent > 0 && percent < 0.1 ? '<0.1' : percent.toFixed(1)} %`}</span>
    </span>
  );
}
