/** The answer as a picture. Its points and bars lead to their rows; whoever cannot see it has the table. */
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { SqlTableView } from '../../server/index.js';
import { useSession, useView } from '../panels/context.js';
import { axisLabel, axisText, cellText, meaningOf } from './columns.js';
import { chartOf, type Chart } from './chart-model.js';
import { goToRow } from './go-to-row.js';

const LEFT = 64;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 40;
/** Room for the names of bars that lie on their side. */
const NAMES = 140;

export function ChartPanel({ table, row }: { table: SqlTableView; row: number }): ReactNode {
  const wanted = useView((state) => state.query.chart);
  const chart = useMemo(() => chartOf(table, wanted), [table, wanted]);
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {};
      setSize({ width: Math.floor(width), height: Math.floor(height) });
    });
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
    };
  }, []);
  return (
    <div className="chart" ref={box} data-testid="chart" data-kind={chart?.kind}>
      {chart === undefined ? (
        <p className="empty">{table.rows.length === 0 ? 'No rows to draw.' : 'No column of numbers to draw.'}</p>
      ) : (
        size.width > 120 && size.height > 80 && <Picture chart={chart} table={table} row={row} {...size} />
      )}
    </div>
  );
}

interface Drawn {
  chart: Chart;
  table: SqlTableView;
  row: number;
  width: number;
  height: number;
}

function Picture({ chart, table, row, width, height }: Drawn): ReactNode {
  const lying = chart.kind === 'bar';
  const { series, x, y, left } = chart;
  const told = `${chart.kind} chart of ${series.map((each) => each.name).join(', ')} by ${x.name}`;
  return (
    <>
      <svg width={width} height={height} role="img" aria-label={`${told}. The table has the same numbers.`}>
        {lying ? (
          <Bars chart={chart} table={table} row={row} width={width} height={height} />
        ) : (
          <Points chart={chart} table={table} row={row} width={width} height={height} />
        )}
      </svg>
      <div className="chart-legend">
        {series.length > 1 &&
          series.map((each, i) => (
            <span key={each.name} className={`s-${String(i + 1)}`}>
              <i aria-hidden /> {each.name}
            </span>
          ))}
        {left > 0 && <span className="faint">{`${String(left)} rows are not drawn`}</span>}
        {lying && <span className="faint">{axisLabel(y.name, y.meaning)}</span>}
      </div>
    </>
  );
}

/** Bars lie on their side: so their names can be read. */
function Bars({ chart, table, row, width, height }: Drawn): ReactNode {
  const session = useSession();
  const { y, series, labels } = chart;
  const meanings = table.columns.map((_, i) => meaningOf(table, i));
  const names = Math.min(NAMES, width * 0.35);
  const room = width - names - RIGHT - 48;
  const tall = Math.min(24, (height - TOP - 24) / Math.max(1, labels.length));
  const at = (value: number): number => names + ((value - y.from) / (y.to - y.from)) * room;
  const zero = at(Math.max(y.from, Math.min(y.to, 0)));
  return (
    <>
      {series[0]!.points.map((point) => {
        const name = labels[point.x]!;
        const shown = axisText(point.y, y.meaning);
        const top = TOP + point.x * tall;
        return (
          <g
            key={point.row}
            className={`chart-bar s-1${point.row === row ? ' is-chosen' : ''}`}
            data-testid="chart-point"
            onClick={() => {
              goToRow(session, table, meanings, point.row);
            }}
          >
            <title>{`${name}\n${series.map((each) => `${each.name}: ${cellText(each.points.find((other) => other.row === point.row)?.y, y.meaning)}`).join('\n')}`}</title>
            <rect x={0} y={top} width={width} height={tall} className="chart-hit" />
            {tall >= 10 && (
              <text x={names - 8} y={top + tall / 2} textAnchor="end" dominantBaseline="central">
                {name.length * 6.4 > names - 12
                  ? `${name.slice(0, Math.max(1, Math.floor((names - 12) / 6.4) - 1))}…`
                  : name}
              </text>
            )}
            {series.map((each, s) => {
              const value = each.points.find((other) => other.row === point.row)?.y;
              if (value === undefined) return undefined;
              const thick = (tall * 0.72) / series.length;
              const x0 = Math.min(zero, at(value));
              return (
                <rect
                  key={each.name}
                  className={`s-${String(s + 1)} chart-fill`}
                  x={x0}
                  y={top + tall * 0.14 + s * thick}
                  width={Math.max(1, Math.abs(at(value) - zero))}
                  height={Math.max(1, thick - (series.length > 1 ? 1 : 0))}
                  rx={Math.min(2, thick / 4)}
                />
              );
            })}
            {tall >= 10 && series.length === 1 && (
              <text
                className="chart-value"
                x={Math.max(zero, at(point.y)) + 6}
                y={top + tall / 2}
                dominantBaseline="central"
              >
                {shown}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}

function Points({ chart, table, row, width, height }: Drawn): ReactNode {
  const session = useSession();
  const { x, y, series, kind } = chart;
  const meanings = table.columns.map((_, i) => meaningOf(table, i));
  const [w, h] = [width - LEFT - RIGHT, height - TOP - BOTTOM];
  const px = (value: number): number => LEFT + ((value - x.from) / (x.to - x.from)) * w;
  const py = (value: number): number => TOP + h - ((value - y.from) / (y.to - y.from)) * h;
  const count = series.reduce((sum, each) => sum + each.points.length, 0);
  const few = Math.max(1, Math.floor(w / 88));
  const xTicks = x.ticks.filter((_, i) => i % Math.max(1, Math.ceil(x.ticks.length / few)) === 0);
  return (
    <>
      {y.ticks.map((tick) => (
        <g key={tick} className="chart-tick">
          <line x1={LEFT} x2={width - RIGHT} y1={py(tick)} y2={py(tick)} />
          <text x={LEFT - 8} y={py(tick)} textAnchor="end" dominantBaseline="central">
            {axisText(tick, y.meaning)}
          </text>
        </g>
      ))}
      {xTicks.map((tick) => (
        <text key={tick} className="chart-tick-text" x={px(tick)} y={TOP + h + 16} textAnchor="middle">
          {axisText(tick, x.meaning)}
        </text>
      ))}
      <text className="chart-axis" x={LEFT + w / 2} y={height - 8} textAnchor="middle">
        {axisLabel(x.name, x.meaning)}
      </text>
      {y.name !== '' && (
        <text className="chart-axis" transform={`translate(12 ${String(TOP + h / 2)}) rotate(-90)`} textAnchor="middle">
          {axisLabel(y.name, y.meaning)}
        </text>
      )}
      {series.map((each, s) => (
        <g key={each.name} className={`s-${String(s + 1)}`}>
          {kind === 'line' && (
            <polyline
              className="chart-line"
              points={each.points.map((p) => `${px(p.x).toFixed(1)},${py(p.y).toFixed(1)}`).join(' ')}
            />
          )}
          {each.points.map((point) => (
            <circle
              key={point.row}
              className={`chart-dot${point.row === row ? ' is-chosen' : ''}${kind === 'line' && count > 200 ? ' is-quiet' : ''}`}
              cx={px(point.x)}
              cy={py(point.y)}
              r={point.row === row ? 5 : count > 400 ? 2.5 : 3.5}
              data-testid="chart-point"
              onClick={() => {
                goToRow(session, table, meanings, point.row);
              }}
            >
              <title>{`${x.name}: ${x.meaning === 'number' ? String(point.x) : cellText(point.x, x.meaning)}\n${each.name}: ${cellText(point.y, y.meaning)}`}</title>
            </circle>
          ))}
        </g>
      ))}
    </>
  );
}
