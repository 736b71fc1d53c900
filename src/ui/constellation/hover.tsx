/** Name and numbers of what is under the pointer. */
import type { ReactNode } from 'react';
import { count, counted, duration } from '../model/time.js';
import type { Session } from '../state/session.js';
import { HEATS } from '../state/view-state.js';
import type { Facts } from './facts.js';
import { HEAT_LABEL, heatOf, heatText } from './heat.js';
import type { ConstellationView } from './view.js';

export function Hover({
  session,
  view,
  facts,
  hover,
}: {
  session: Session;
  view: ConstellationView;
  facts: Facts;
  hover: NonNullable<Facts['hover']>;
}): ReactNode {
  const process = session.process(hover.process);
  const island = facts.islands[hover.island];
  const closed = island !== undefined && session.state.closedApplications.has(island.key);
  const left = hover.x > view.size.width - 260;
  return (
    <div
      className={`tooltip${left ? ' is-left' : ''}`}
      data-testid="system-tooltip"
      style={{ transform: `translate(${String(Math.round(hover.x))}px, ${String(Math.round(hover.y))}px)` }}
    >
      <div className="tooltip-box">
        {process !== undefined && (
          <>
            <strong>{session.name(process.id)}</strong> <span className="faint num">{process.pid}</span>
            {process.runs !== undefined && <div className="faint mono">{process.runs}</div>}
            <dl className="system-values num">
              {HEATS.filter((heat) => heat !== 'none').map((heat) => (
                <div key={heat}>
                  <dt>{HEAT_LABEL[heat]}</dt>
                  <dd>{heatText(heat, heatOf(view.measures, heat, process.id))}</dd>
                </div>
              ))}
              {(view.measures.reductions[process.id] ?? -1) >= 0 && (
                <div>
                  <dt>Reductions</dt>
                  <dd>{count(view.measures.reductions[process.id]!)}</dd>
                </div>
              )}
            </dl>
            <div className="faint">Rates are those of the {duration(facts.windowNs)} in view.</div>
          </>
        )}
        {island !== undefined && (
          <>
            <strong>{island.label}</strong>
            <div className="faint">
              {counted(island.size, 'process')}; click {closed ? 'opens' : 'closes'} it
            </div>
          </>
        )}
      </div>
    </div>
  );
}
