/** The way of a value back across processes. Every step leads to its moment and process; the trail stays while one goes along it. */
import { useState, type ReactNode } from 'react';
import type { TrailStepView } from '../../server/index.js';
import { functionTitle, shortFunction } from '../model/names.js';
import { count, duration, momentText } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { Gaps } from '../panels/section.js';

/** Steps that only caused others, before they are asked for. */
const CAUSES = 3;

export function ValueTrailBox(): ReactNode {
  const session = useSession();
  const origin = useView((state) => state.origin);
  const [all, setAll] = useState(false);
  useView((state) => state.processesVersion);
  if (origin === undefined) return undefined;
  const path = origin.path.map((each) => each.replace(/(?: =>|:)$/, '')).join(' → ');
  const { result } = origin;
  const carried = result === undefined ? 0 : result.steps.findLastIndex((each) => each.holds !== 'no') + 1;
  const shown =
    result === undefined || all ? result?.steps.length : Math.min(result.steps.length, Math.max(carried, 1) + CAUSES);
  return (
    <section className="origin" data-testid="origin" aria-label="Who set this value">
      <div className="origin-head">
        <span title={`${path} of ${session.name(origin.process)}`}>
          Who set <strong className="mono">{path}</strong> of {session.name(origin.process)}?
        </span>
        <button
          type="button"
          className="icon-button"
          aria-label="Close"
          onClick={() => {
            session.store.set({ origin: undefined });
          }}
        >
          ✕
        </button>
      </div>
      {result === undefined ? (
        <p className="faint">Looking back…</p>
      ) : (
        <>
          <Gaps gaps={result.gaps} what="Something may be missing on the way" />
          <ol className="trail">
            {result.steps.slice(0, shown).map((step, i) => (
              <Step
                key={i}
                step={step}
                first={i === 0}
                divide={i === carried && i > 0}
                passed={result.steps[i - 1]?.process !== step.process}
              />
            ))}
          </ol>
          {shown !== undefined && result.steps.length > shown ? (
            <button
              type="button"
              className="link"
              data-testid="trail-more"
              onClick={() => {
                setAll(true);
              }}
            >{`${String(result.steps.length - shown)} earlier causes…`}</button>
          ) : (
            <p className="faint" data-testid="trail-end">
              {result.end}
              {result.gaveUp && ` ${count(result.looked)} states were looked through.`}
            </p>
          )}
        </>
      )}
    </section>
  );
}

const SIGN: Record<TrailStepView['what'], string> = {
  state: '◆',
  callback: 'ƒ',
  call: 'ƒ',
  message: '✉',
  start: '↳',
  event: '·',
};

function Step({
  step,
  first,
  divide,
  passed,
}: {
  step: TrailStepView;
  first: boolean;
  divide: boolean;
  passed: boolean;
}): ReactNode {
  const session = useSession();
  const here = useView((state) => state.moment.seq === step.seq && state.selected === step.process);
  const go = (): void => {
    // Going along the trail does not end it.
    const { origin } = session.state;
    session.jump({ seq: step.seq, ns: step.ns, process: step.process }, { detail: false });
    session.store.set({ origin });
  };
  return (
    <>
      {divide && <li className="trail-divide faint">not seen any earlier; what led to it:</li>}
      <li
        className={`trail-step is-${step.holds}${here ? ' is-here' : ''}`}
        data-testid="trail-step"
        data-what={step.what}
        data-seq={step.seq}
        data-process={step.process}
        data-holds={step.holds}
      >
        <span className={`trail-sign is-${step.what}`} aria-hidden="true">
          {SIGN[step.what]}
        </span>
        <div>
          <button type="button" className="trail-main" title={tooltip(step)} onClick={go}>
            {(passed || step.what === 'message') && <strong>{session.name(step.process)}</strong>}{' '}
            <span>{sentence(step, session.name(step.to), first)}</span>{' '}
            <span className="faint num">{momentText(step.ns)}</span>
          </button>
          <span className="trail-text">
            {step.before !== undefined && (
              <>
                <s title={step.before}>{step.before}</s>
                <span className="faint"> → </span>
              </>
            )}
            {step.text !== undefined && <code title={step.text.text}>{step.text.text}</code>}
          </span>
          <Where step={step} />
        </div>
      </li>
    </>
  );
}

function sentence(step: TrailStepView, to: string, first: boolean): string {
  const fn = step.fn === undefined ? 'a callback' : shortFunction(step.fn);
  switch (step.what) {
    case 'state':
      return first ? 'set it' : `had it in its state, at ${step.place === '' ? 'the top' : (step.place ?? '')}, set`;
    case 'callback':
      return `${step.sure ? 'ran' : 'had last run'} ${fn}`;
    case 'call':
      return `was in ${fn}`;
    case 'message':
      return step.to === 0
        ? 'was sent'
        : `sent ${to}${step.sure ? '' : ', the last it had got,'}${step.tookNs >= 0 ? ` (${duration(step.tookNs)} before)` : ''}`;
    case 'start':
      return 'was started';
    case 'event':
      return 'did this';
  }
}

function Where({ step }: { step: TrailStepView }): ReactNode {
  const notes: string[] = [];
  if (step.what !== 'state') {
    const at = step.place === undefined || step.place === '' ? 'all of it' : `at ${step.place}`;
    if (step.holds === 'value') notes.push(`the value, ${at}`);
    else if (step.holds === 'part') notes.push(`what is new in the value, ${at}`);
    else if (step.holds === 'maybe') notes.push(`the same value ${at}, which may be chance: it is a common one`);
  }
  for (const each of step.carriers)
    notes.push(each.what === 'variable' ? `from its variable ${each.name}` : `it was in its state, at ${each.name}`);
  if (!step.sure) notes.push('a guess: outside of any recorded callback');
  if (notes.length === 0) return undefined;
  return <span className="trail-where">{notes.join(' · ')}</span>;
}

function tooltip(step: TrailStepView): string {
  const lines = [`Go to #${String(step.seq)}, ${momentText(step.ns)}`];
  if (step.fn !== undefined) lines.push(functionTitle(step.fn));
  if (step.text !== undefined) lines.push(step.text.text);
  return lines.join('\n');
}
