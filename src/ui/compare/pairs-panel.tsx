/** All processes of two recordings: which of them differ, and where the two first do. */
import { Fragment, type ReactNode } from 'react';
import type { PairView, PairWithEvents } from '../../server/index.js';
import { count, counted, duration } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { useKept } from '../panels/use-kept.js';
import { useCompare } from './use-compare.js';

const KINDS: Record<PairView['kind'], { sign: string; text: string; code: number }> = {
  value: { sign: '~', text: 'another value', code: 1 },
  order: { sign: '⇅', text: 'another order', code: 4 },
  left: { sign: '−', text: 'only left', code: 2 },
  right: { sign: '+', text: 'only right', code: 3 },
  other: { sign: '≠', text: 'something else', code: 1 },
  missing: { sign: '?', text: 'process only in one', code: 4 },
};

export function PairsPanel(): ReactNode {
  const session = useSession();
  const compare = useCompare();
  const sides = useView((state) => state.compare);
  const [text = '', setText] = useKept('pairs');
  const { pairs, pairsFailure } = compare;
  const words = text.toLowerCase().split(/\s+/);
  const shown = pairs?.differing.filter(({ role }) => words.every((word) => role.toLowerCase().includes(word))) ?? [];
  return (
    <aside className="compare-pairs" aria-label="Processes that differ" data-testid="compare-pairs">
      <div className="compare-first">
        <button
          type="button"
          className="button"
          disabled={pairs?.first === undefined}
          title="To the difference that no other one led to ( J )"
          data-testid="first-difference"
          onClick={() => {
            compare.firstDifference();
          }}
        >
          First difference
        </button>
        {pairs === undefined ? (
          <p className={pairsFailure === undefined ? 'faint' : 'problem'}>{pairsFailure ?? 'Comparing…'}</p>
        ) : (
          <p className="faint" role="status" data-testid="compare-pairs-status">
            {pairs.done
              ? `${counted(pairs.total, 'process')} in both, ${count(pairs.same)} alike`
              : pairs.total === 0
                ? 'Finding out which process of one is which of the other…'
                : `${count(pairs.compared)} of ${count(pairs.total)} processes compared, ${counted(pairs.events, 'event')}…`}
          </p>
        )}
        {pairs?.first !== undefined && <First pair={pairs.first} />}
        {pairs?.firstOther !== undefined && (
          <button
            type="button"
            className="link"
            onClick={() => {
              compare.choosePair(pairs.firstOther!);
            }}
          >
            First that is not only another order
          </button>
        )}
      </div>
      {pairs !== undefined && pairs.differing.length > 0 && (
        <>
          <input
            className="compare-filter"
            type="search"
            placeholder="Filter"
            aria-label="Filter the processes that differ"
            value={text}
            onChange={(event) => {
              setText(event.target.value === '' ? undefined : event.target.value);
            }}
          />
          <ul className="compare-pair-list">
            {shown.map((pair, i) => (
              <Fragment key={`${String(pair.left)} ${String(pair.right)}`}>
                {!pair.own && (shown[i - 1]?.own ?? false) && (
                  <li className="faint compare-elsewhere">Outside of the recorded functions</li>
                )}
                <li>
                  <button
                    type="button"
                    className="compare-pair"
                    aria-pressed={sides?.left.process === pair.left && sides.right.process === pair.right}
                    title={`${pair.role}: ${KINDS[pair.kind].text}, ${whenText(pair)}`}
                    onClick={() => {
                      compare.choosePair(pair);
                    }}
                  >
                    <span className={`compare-sign k-${String(KINDS[pair.kind].code)}`}>{KINDS[pair.kind].sign}</span>
                    <span className="clip">{pair.role}</span>
                    <span className="faint num">{`+${duration(Math.max(0, pair.afterNs))}`}</span>
                  </button>
                </li>
              </Fragment>
            ))}
            {pairs.differingTotal > pairs.differing.length && (
              <li className="empty">{`and ${count(pairs.differingTotal - pairs.differing.length)} later ones`}</li>
            )}
          </ul>
        </>
      )}
      {session.state.info?.live === true && (
        <p className="faint">This recording still grows: compared is what there was.</p>
      )}
    </aside>
  );
}

const whenText = (pair: PairView): string =>
  `${duration(Math.max(0, pair.afterNs))} after the program’s first process, after ${counted(pair.same, 'event')} alike`;

function First({ pair }: { pair: PairWithEvents }): ReactNode {
  const { row } = pair;
  const [difference] = row.differences;
  return (
    <div className="compare-first-text" data-testid="first-difference-text" title={whenText(pair)}>
      <p>
        <strong>{pair.role}</strong>
        {`: ${KINDS[pair.kind].text}, ${whenText(pair)}`}
      </p>
      {difference !== undefined && (
        <p className="diff-values">
          <span className="clip">{difference.where}</span>
          <Value text={difference.left} /> <span className="diff-arrow">→</span> <Value text={difference.right} />
        </p>
      )}
    </div>
  );
}

export function Value({ text }: { text: string | undefined }): ReactNode {
  return text === undefined ? (
    <span className="faint">not there</span>
  ) : (
    <ins title={text}>
      <bdi>{text}</bdi>
    </ins>
  );
}
