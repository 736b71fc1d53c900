/** What is shown and hidden, what is missing, what just happened. */
import type { ReactNode } from 'react';
import { FAMILIES, FAMILY_LABEL, kindsOf, type Family } from '../model/families.js';
import { count, duration, momentText } from '../model/time.js';
import { useCalmView, useSession, useView } from './context.js';

export function BottomBar(): ReactNode {
  const session = useSession();
  const hidden = useView((state) => state.hidden);
  const gaps = useView((state) => state.info?.gaps);
  const notice = useView((state) => state.notice);
  const kinds = useView((state) => state.info?.kinds);
  const live = useView((state) => state.info?.live !== false);
  // Lines and tables are recorded only when asked for; what cannot be seen needs no switch.
  const rare: readonly Family[] = ['line', 'data'];
  const occurring = FAMILIES.filter(
    (family) => live || !rare.includes(family) || kindsOf([family]).some((kind) => kinds?.[kind] !== undefined),
  );
  const toggle = (family: Family): void => {
    const next = new Set(hidden);
    if (!next.delete(family)) next.add(family);
    session.store.set({ hidden: next });
  };
  return (
    <footer className="bottom">
      <div className="legend" role="group" aria-label="What is shown">
        {occurring.map((family) => (
          <button
            type="button"
            key={family}
            className={`legend-item${hidden.has(family) ? ' is-off' : ''}`}
            aria-pressed={!hidden.has(family)}
            title={`${hidden.has(family) ? 'Show' : 'Hide'} ${FAMILY_LABEL[family].toLowerCase()}`}
            onClick={() => {
              toggle(family);
            }}
          >
            <span className={`dot f-${family}`} />
            {FAMILY_LABEL[family]}
          </button>
        ))}
        <span className="legend-item is-static">
          <span className="dot f-crash" /> Crash
        </span>
        {gaps !== undefined && gaps.length > 0 && (
          <button
            type="button"
            className="legend-item is-gap"
            title={gaps
              .map((gap) => `${gap.reason}: ${String(gap.count)} events at ${momentText(gap.fromNs)}`)
              .join('\n')}
            onClick={() => {
              const gap = gaps[0]!;
              const margin = Math.max((gap.toNs - gap.fromNs) * 2, 1e6);
              session.setWindow(gap.fromNs - margin, gap.toNs + margin);
            }}
          >
            <span className="hatch" /> {gaps.length === 1 ? '1 gap' : `${count(gaps.length)} gaps`}
          </button>
        )}
        <Plans />
      </div>
      <div className="notice" role="status" title={notice}>
        {notice}
      </div>
      <WindowWidth />
      <button
        type="button"
        className="icon-button"
        title="The whole recording ( f )"
        onClick={() => {
          session.fit();
        }}
      >
        Fit
      </button>
    </footer>
  );
}

function WindowWidth(): ReactNode {
  const text = useCalmView(({ window }) => duration(window.toNs - window.fromNs));
  return (
    <span className="bottom-end num" title="Width of the window">
      {text}
    </span>
  );
}

/** How often the depth changed; leads from one change to the next. */
function Plans(): ReactNode {
  const session = useSession();
  const version = useView((state) => state.plansVersion);
  const { plans } = session;
  if (version === 0 || plans.length === 0) return undefined;
  return (
    <button
      type="button"
      className="legend-item is-gap"
      data-testid="plans"
      title={`From there on something was recorded deeper, or less deep. Click: the next one\n${plans
        .slice(0, 12)
        .map((each) => `${momentText(each.ns)}  ${each.fn}: ${each.before} → ${each.after}, ${each.why}`)
        .join('\n')}`}
      onClick={() => {
        const next = plans.find((each) => each.ns > session.state.moment.ns) ?? plans[0]!;
        session.jump({ seq: next.seq, ns: next.ns, process: 0 });
        session.notice(`${next.fn}: ${next.before} → ${next.after}, ${next.why}`);
      }}
    >
      <span className="notch" /> {plans.length === 1 ? '1 change of depth' : `${count(plans.length)} changes of depth`}
    </button>
  );
}
