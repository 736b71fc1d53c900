/** The states of both at the chosen row, side by side, and what differs between them. */
import type { ReactNode } from 'react';
import type { DifferenceView, StateSide } from '../../server/index.js';
import { momentText } from '../model/time.js';
import { useView } from '../panels/context.js';
import { StateTree } from '../panels/state-tree.js';
import { Value } from './pairs-panel.js';
import { useCompare } from './use-compare.js';

const SHOWN = 12;

export function StatesPanel(): ReactNode {
  const compare = useCompare();
  const chosen = useView((state) => state.compare?.row ?? 0);
  const { states, comparison } = compare;
  const row = compare.text(chosen);
  if (comparison === undefined) return undefined;
  return (
    <div className="compare-states" data-testid="compare-states">
      {row !== undefined && row.differences.length > 0 && row.left?.kind !== 'state' && (
        <Differences
          title="What differs in this event"
          differences={row.differences}
          more={0}
          testId="row-differences"
        />
      )}
      {states === undefined ? (
        <p className="empty">Looking…</p>
      ) : (
        <>
          {states.left !== undefined && states.right !== undefined && (
            <Differences
              title={states.differences.length === 0 ? 'The states are the same here' : 'What differs in the state'}
              differences={states.differences}
              more={states.more}
              testId="state-differences"
            />
          )}
          <div className="compare-trees">
            <Tree side={states.left} label="left" />
            <Tree side={states.right} label="right" />
          </div>
        </>
      )}
    </div>
  );
}

function Tree({ side, label }: { side: StateSide | undefined; label: string }): ReactNode {
  return (
    <div className="compare-tree" data-testid={`compare-state-${label}`}>
      {side === undefined ? (
        <p className="empty">No state is known here</p>
      ) : (
        <>
          <p className="faint num">{`state of #${String(side.seq)}, ${momentText(side.ns)}`}</p>
          <StateTree key={side.seq} tree={side.tree} name={label} of={side.seq} testId={`compare-tree-${label}`} />
        </>
      )}
    </div>
  );
}

function Differences({
  title,
  differences,
  more,
  testId,
}: {
  title: string;
  differences: readonly DifferenceView[];
  more: number;
  testId: string;
}): ReactNode {
  return (
    <section className="compare-differences" data-testid={testId}>
      <h3>{title}</h3>
      <ul>
        {differences.slice(0, SHOWN).map((each, i) => (
          <li key={i} className="diff-values">
            <span className="diff-path" title={each.where}>
              {each.where === '' ? 'state' : each.where}
            </span>
            <Value text={each.left} />
            <span className="diff-arrow">→</span>
            <Value text={each.right} />
          </li>
        ))}
        {differences.length + more > SHOWN && (
          <li className="faint">{`and ${String(differences.length + more - SHOWN)} more`}</li>
        )}
      </ul>
    </section>
  );
}
