/** Two executions side by side: which two, where they differ, row by row, and the states of both at the chosen row. */
import { useEffect, type ReactNode } from 'react';
import { useSession, useView } from '../panels/context.js';
import { count } from '../model/time.js';
import type { Comparison, CompareSession } from './compare-session.js';
import { CHANGED, LEFT, RIGHT } from './rows.js';
import { PairsPanel } from './pairs-panel.js';
import { RowList } from './row-list.js';
import { SideHead } from './side-head.js';
import { StatesPanel } from './states-panel.js';
import { useCompare } from './use-compare.js';

export function CompareView(): ReactNode {
  const session = useSession();
  const compare = useCompare();
  const sides = useView((state) => state.compare);
  const other = useView((state) => state.info?.other);
  useEffect(() => {
    compare.open();
  }, [compare, other]);
  useEffect(() => {
    compare.follow();
  }, [compare, sides]);
  const { comparison } = compare;
  return (
    <section
      className={`compare${other === undefined ? '' : ' has-pairs'}`}
      aria-label="Two executions side by side"
      data-testid="compare"
    >
      {other !== undefined && <PairsPanel />}
      <div className="compare-main">
        <header className="compare-heads">
          <SideHead which="left" />
          <SideHead which="right" />
        </header>
        {comparison === undefined ? (
          <Nothing
            compare={compare}
            chosen={(sides?.left.process ?? 0) > 0 || (sides?.right.process ?? 0) > 0}
            other={other !== undefined}
          />
        ) : (
          <>
            <Summary comparison={comparison} />
            <RowList key={keyOf(comparison)} comparison={comparison} row={session.state.compare?.row ?? 0} />
            <StatesPanel />
          </>
        )}
      </div>
    </section>
  );
}

const keyOf = ({ left, right }: Comparison): string => JSON.stringify([left, right]);

function Nothing({ compare, chosen, other }: { compare: CompareSession; chosen: boolean; other: boolean }): ReactNode {
  const session = useSession();
  const { pairs } = compare;
  if (other && pairs?.done === true && pairs.first === undefined) {
    return (
      <div className="compare-nothing" data-testid="compare-identical">
        <h2>Both did the same</h2>
        <p>
          {`No difference in any of the ${count(pairs.total)} processes that both have, as far as both are recorded. Pids, references, times and the order in which messages came were not compared.`}
        </p>
      </div>
    );
  }
  return (
    <div className="compare-nothing" data-testid="compare-empty">
      <h2>Two executions side by side</h2>
      {chosen ? (
        <p>Choose the process on the other side as well.</p>
      ) : other ? (
        <p>Go to the first difference, choose one of the processes on the left, or any two above.</p>
      ) : (
        <>
          <p>
            Two runs of a program, a passing and a failing one, are opened together by
            <code className="compare-command">elixirscope compare passing.escope failing.escope --open</code>
          </p>
          <p>Or choose two processes of this recording above, or one of them twice, from two moments on.</p>
        </>
      )}
      {session.state.selected > 0 && (
        <button
          type="button"
          className="button"
          data-testid="compare-selected"
          onClick={() => void compare.begin(session.state.selected)}
        >
          {`Compare ${session.name(session.state.selected)}`}
        </button>
      )}
    </div>
  );
}

/** Every one counts here. */
const exact = (n: number): string => n.toLocaleString('en-US');

/** How much differs, and the way from one difference to the next. */
function Summary({ comparison }: { comparison: Comparison }): ReactNode {
  const { compare } = useSession();
  const { rows, state } = comparison;
  const [same, changed, left, right] = rows.totals;
  const differs = changed + left + right;
  return (
    <div className="compare-summary">
      <span
        className="compare-totals"
        title={[
          [same, 'the same'] as const,
          [changed, 'changed'] as const,
          [left, 'only left'] as const,
          [right, 'only right'] as const,
        ]
          .map(([n, what]) => `${exact(n)} ${what}`)
          .join('\n')}
      >
        <span data-testid="compare-summary" role="status">
          {differs === 0 && state === 'done'
            ? `No difference: all ${exact(same)} events are the same`
            : `${exact(same)} the same`}
        </span>
        {changed > 0 && <Count kind={CHANGED} text={`${exact(changed)} changed`} />}
        {left > 0 && <Count kind={LEFT} text={`${exact(left)} only left`} />}
        {right > 0 && <Count kind={RIGHT} text={`${exact(right)} only right`} />}
        {state === 'reading' && <span className="faint">reading…</span>}
        {state === 'enough' && <span className="faint">{`only the first ${exact(rows.length)} rows are shown`}</span>}
        {state === 'failed' && <span className="problem">{comparison.why}</span>}
      </span>
      <span className="compare-steps">
        <button
          type="button"
          className="icon-button"
          title="Previous difference ( k )"
          data-testid="previous-difference"
          onClick={() => {
            compare.stepDifference(-1);
          }}
        >
          ▴ difference
        </button>
        <button
          type="button"
          className="icon-button"
          title="Next difference ( j )"
          data-testid="next-difference"
          onClick={() => {
            compare.stepDifference(1);
          }}
        >
          difference ▾
        </button>
      </span>
    </div>
  );
}

const SIGNS: Record<number, string> = { [CHANGED]: '~', [LEFT]: '−', [RIGHT]: '+' };
function Count({ kind, text }: { kind: number; text: string }): ReactNode {
  return (
    <span className={`compare-count k-${String(kind)}`}>
      <span className="compare-sign" aria-hidden="true">
        {SIGNS[kind]}
      </span>
      {text}
    </span>
  );
}
