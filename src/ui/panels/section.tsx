/** What the panels are made of: foldable sections, facts, the note about a gap. */
import type { ReactNode } from 'react';
import type { GapView } from '../../server/index.js';
import { count, duration } from '../model/time.js';
import { useKept } from './use-kept.js';

export function Section({
  title,
  note,
  actions,
  children,
  testId,
  moment,
  open = true,
}: {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** Also the name under which it keeps whether it is folded. */
  testId: string;
  /** The event after which it holds what it shows. */
  moment?: number | undefined;
  open?: boolean;
}): ReactNode {
  const [kept, setKept] = useKept(`fold.${testId}`);
  const shown = kept === undefined ? open : kept === 'open';
  return (
    <section className="section" data-testid={testId} data-moment={moment}>
      <header className="section-head">
        <button
          type="button"
          className="section-title"
          aria-expanded={shown}
          onClick={() => {
            setKept(shown ? 'closed' : 'open');
          }}
        >
          <span className="caret">{shown ? '▾' : '▸'}</span>
          {title}
          {note !== undefined && <span className="section-note">{note}</span>}
        </button>
        {actions}
      </header>
      {shown && children}
    </section>
  );
}

export function Fact({ name, value }: { name: string; value: ReactNode }): ReactNode {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd title={typeof value === 'string' ? value : undefined}>{value}</dd>
    </div>
  );
}

export function Gaps({ gaps, what }: { gaps: GapView[]; what: string }): ReactNode {
  if (gaps.length === 0) return undefined;
  const missing = gaps.reduce((sum, gap) => sum + gap.count, 0);
  return (
    <p
      className="gap-note"
      title={gaps
        .map((gap) => `${gap.reason}: ${String(gap.count)} events, ${duration(gap.toNs - gap.fromNs)}`)
        .join('\n')}
    >
      {`${what}: ${count(missing)} events are missing in ${gaps.length === 1 ? 'a gap' : `${String(gaps.length)} gaps`} (${gaps[0]!.reason})`}
    </p>
  );
}
