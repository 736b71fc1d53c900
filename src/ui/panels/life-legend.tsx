/** What the bar in the middle of a lane tells. */
import type { ReactNode } from 'react';

const BARS = [
  [
    'running',
    'running: inside of a callback or call (scheduled in, where that is recorded); as high as its share of the time',
  ],
  ['waiting', 'waiting for an answer, from the question to its arrival'],
  ['idle', 'idle: alive, and nothing to do'],
] as const;

export function LifeLegend(): ReactNode {
  return (
    <div className="legend-bars" data-testid="life-legend">
      {BARS.map(([name, text]) => (
        <LegendRow key={name} name={name} text={text} />
      ))}
    </div>
  );
}

function LegendRow({ name, text }: { name: string; text: string }): ReactNode {
  return (
    <>
      <span className={`legend-bar is-${name}`} aria-hidden="true" />
      <span>{text}</span>
    </>
  );
}
