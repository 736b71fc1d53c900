/** The state of a process as a tree, what changed it last, and who gave one of its values. */
import type { ReactNode } from 'react';
import type { CauseView, ProcessPanel, StateView } from '../../server/index.js';
import { shortFunction } from '../model/names.js';
import { momentText } from '../model/time.js';
import { CompareWith } from '../process/compare-with.js';
import { SideBySide } from '../process/side-by-side.js';
import { useSession } from './context.js';
import { EventLink, ProcessLink } from './links.js';
import { Gaps, Section } from './section.js';
import { StateTree } from './state-tree.js';

export function StateSection({ panel }: { panel: ProcessPanel }): ReactNode {
  const session = useSession();
  const { state } = panel;
  const go = (to: { seq: number; ns: number } | undefined): void => {
    if (to === undefined) return;
    session.setMoment(to);
    session.revealMoment();
  };
  const actions = (
    <span className="section-actions">
      <button
        type="button"
        className="icon-button"
        disabled={panel.previousChange === undefined}
        title="Previous change of the state ( [ )"
        data-testid="previous-change"
        onClick={() => {
          go(panel.previousChange);
        }}
      >
        ◂ change
      </button>
      <button
        type="button"
        className="icon-button"
        disabled={panel.nextChange === undefined}
        title="Next change of the state ( ] )"
        data-testid="next-change"
        onClick={() => {
          go(panel.nextChange);
        }}
      >
        change ▸
      </button>
      {state !== undefined && (
        <button
          type="button"
          className="icon-button"
          title="Copy the whole state as text"
          onClick={() => {
            session.client.ask('stateText', { process: panel.process, at: { seq: panel.at.seq } }).then(
              ({ text }) => {
                session.copy(text, 'the state');
              },
              (error: unknown) => {
                session.fail(error);
              },
            );
          }}
        >
          copy
        </button>
      )}
    </span>
  );
  return (
    <Section title="State" actions={actions} testId="state">
      {state === undefined ? (
        <p className="empty">
          {panel.alive ? 'No state recorded: not an OTP process, or it has not run yet.' : 'No state recorded.'}
        </p>
      ) : (
        <>
          <Gaps gaps={state.gaps} what="The state may be older than it looks" />
          <Because state={state} />
          <StateTree key={panel.process} tree={state.tree} name="state" of={panel.process} askable />
          <SideBySide />
        </>
      )}
    </Section>
  );
}

function Because({ state }: { state: StateView }): ReactNode {
  const { changed } = state;
  return (
    <div className="because" data-testid="changed-by">
      {changed === undefined ? (
        <span className="faint">As found when recording began</span>
      ) : (
        <CauseLine
          cause={changed}
          lead={
            state.base === undefined && state.diff.length === 0 && state.previousSeq > 0
              ? 'Left as it was by'
              : state.previousSeq > 0
                ? 'Changed by'
                : 'Made by'
          }
        />
      )}
      <CompareWith state={state} />
      {state.base !== undefined && state.diff.length === 0 && <p className="faint">No difference.</p>}
      {state.diff.length > 0 && (
        <ul className="diff" data-testid="state-diff">
          {state.diff.slice(0, 6).map((each, i) => (
            <li key={i}>
              <span className="diff-path" title={each.path}>
                {each.path === '' ? 'state' : each.path}
              </span>
              <span className="diff-values">
                {each.before !== undefined && <s title={each.before}>{each.before}</s>}
                {each.before !== undefined && each.after !== undefined && <span className="diff-arrow">→</span>}
                {each.after !== undefined && <ins title={each.after}>{each.after}</ins>}
              </span>
            </li>
          ))}
          {state.diff.length + state.diffMore > 6 && (
            <li className="faint">{`and ${String(state.diff.length + state.diffMore - 6)} more`}</li>
          )}
        </ul>
      )}
    </div>
  );
}

/** Changed by handle_cast `{:reserve, "mug"}` from Shop.Pool, sent #812 at +1.2s. */
function CauseLine({ cause, lead }: { cause: CauseView; lead: string }): ReactNode {
  const session = useSession();
  const callback = shortFunction(cause.callback);
  const goToMessage = (): Promise<void> => session.jumpToSeq(cause.sendSeq || cause.arriveSeq || cause.seq);
  return (
    <p className="cause">
      <span className="faint">{lead}</span>{' '}
      <EventLink seq={cause.seq} title={`${cause.callback}: go to the callback, #${String(cause.seq)}`}>
        {callback}
      </EventLink>{' '}
      {cause.message !== undefined && (
        <button
          type="button"
          className="message-chip"
          data-testid="cause-message"
          title={`${cause.message.text}\n\nGo to where it was sent`}
          onClick={() => void goToMessage()}
        >
          {cause.message.text}
        </button>
      )}{' '}
      {cause.from > 0 && (
        <>
          <span className="faint">from</span> <ProcessLink id={cause.from} />
        </>
      )}{' '}
      {cause.sendSeq > 0 && (
        <>
          <span className="faint">sent</span> <EventLink seq={cause.sendSeq}>{`#${String(cause.sendSeq)}`}</EventLink>{' '}
          <span className="faint num">{momentText(cause.sendNs)}</span>
        </>
      )}
    </p>
  );
}
