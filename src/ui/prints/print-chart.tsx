/** Printed numbers over time. Each pixel holds the least and the most of what falls into it. */
import { useMemo, type ReactNode } from 'react';
import type { PrintHit } from '../../server/index.js';
import { momentText } from '../model/time.js';
import { columnsOf, figuresOf, indexAt } from './figures.js';

const WIDTH = 300;
const HEIGHT = 56;
const PAD = 4;

export function PrintChart({
  hits,
  moment,
  reached,
  go,
}: {
  hits: readonly PrintHit[];
  moment: number;
  /** All hits up to the moment are among them. */
  reached: boolean;
  go: (hit: PrintHit | undefined) => void;
}): ReactNode {
  // prettier-ignore
  const numbers = useMemo(() => hits.filter((hit) => hit.number !== undefined), [hits]);
  const figures = useMemo(() => figuresOf(hits).numbers, [hits]);
  const path = useMemo(() => {
    if (figures === undefined) return '';
    const [low, high] = [figures.min.number!, figures.max.number!];
    const y = (value: number): string =>
      (high === low ? HEIGHT / 2 : PAD + ((high - value) / (high - low)) * (HEIGHT - 2 * PAD)).toFixed(1);
    let before: number | undefined;
    return columnsOf(hits, WIDTH)
      .map((column) => {
        // Steps: a value holds until the next one.
        const step = before === undefined ? `M${String(column.x)} ${y(column.low)}` : `H${String(column.x)}V${y(column.high)}`; // prettier-ignore
        before = column.last;
        return `${step}V${y(column.low)}V${y(column.last)}`;
      })
      .join('');
  }, [hits, figures]);
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (figures === undefined || first === undefined || last === undefined) return undefined;
  const span = Math.max(1, last.ns - first.ns);
  const here = reached ? numbers[indexAt(numbers, moment)] : undefined;
  const { min, max } = figures;
  return (
    <div className="print-chart" data-testid="print-chart">
      <svg
        viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${String(figures.count)} numbers from ${min.text.text} to ${max.text.text}, the last ${last.text.text}`}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const ns = first.ns + ((event.clientX - box.left) / box.width) * span;
          let best = first;
          for (const hit of numbers) if (Math.abs(hit.ns - ns) < Math.abs(best.ns - ns)) best = hit;
          go(best);
        }}
      >
        {here !== undefined && (
          <line
            className="print-here"
            x1={((here.ns - first.ns) / span) * (WIDTH - 1)}
            x2={((here.ns - first.ns) / span) * (WIDTH - 1)}
            y1={0}
            y2={HEIGHT}
          />
        )}
        <path d={path} />
      </svg>
      <div className="print-ends">
        {(
          [
            ['min', min],
            ['max', max],
          ] as const
        ).map(([name, hit]) => (
          <button
            type="button"
            key={name}
            title={`First time: ${momentText(hit.ns)}`}
            data-testid={`print-${name}`}
            onClick={() => {
              go(hit);
            }}
          >
            <span className="faint">{name}</span> <bdi className="mono num clip">{hit.text.text}</bdi>
          </button>
        ))}
      </div>
    </div>
  );
}
