/** The selected process at the moment: who it is, its state and why, what waits for it, whom it knows, what it did. */
import { useState, type ReactNode } from 'react';
import type { CauseView, GapView, ProcessPanel, StateView } from '../../server/index.js';
import { count, duration, momentText } from '../model/time.js';
import { useSession, useView } from './context.js';
import { EventDetailView } from './event-detail.js';
import { EventList } from './event-list.js';
import { EventLink, MomentLink, ProcessLink } from './links.js';
import { StateTree } from './state-tree.js';

export function Inspector(): ReactNode {
  const session = useSession();
  const selected = useView((state) => state.selected);
  const panel = useView((state) => state.panel);
  const error = useView((state) => state.panelError);
  const event = useView((state) => state.event);
  useView((state) => state.processesVersion);
  const process = session.process(selected);
  return (
    <aside
      className="inspector"
      aria-label="Selected process"
      data-testid="process-panel"
      data-process={selected}
      data-moment={panel?.at.seq}
    >
      <div className="inspector-body">
        {selected === 0 || process === undefined ? (
          <Nothing />
        ) : (
          <>
            <header className="who">
              <div className="who-line">
                <h2 title={session.name(selected)} data-testid="process-name">
                  {session.name(selected)}
                </h2>
                <Life panel={panel} spawnNs={process.spawnNs} />
                <button
                  type="button"
                  className="icon-button"
                  title="Close (Esc)"
                  aria-label="Close"
                  onClick={() => {
                    session.select(0);
                  }}
                >
                  ✕
                </button>
              </div>
              <dl className="facts">
                <Fact name="pid" value={<span className="mono">{process.pid}</span>} />
                {process.runs !== undefined && (
                  <Fact
                    name="runs"
                    value={
                      <span className="mono" title={process.runs}>
                        {process.runs}
                      </span>
                    }
                  />
                )}
                {process.behaviour !== undefined && <Fact name="kind" value={process.behaviour} />}
                {process.parent > 0 && <Fact name="parent" value={<ProcessLink id={process.parent} />} />}
              </dl>
            </header>
            {error !== undefined && <p className="problem">{error}</p>}
            {event > 0 && <EventDetailView />}
            {panel === undefined ? <p className="empty">Looking…</p> : <Sections panel={panel} />}
          </>
        )}
      </div>
      <EventList />
    </aside>
  );
}

function Nothing(): ReactNode {
  const event = useView((state) => state.event);
  return (
    <>
      <div className="nothing">
        <h2>All processes</h2>
        <p>
          Select a process to see its state, its mailbox and the messages that made it so, at any moment. Drag the
          playhead to travel.
        </p>
      </div>
      {event > 0 && <EventDetailView />}
    </>
  );
}

function Life({ panel, spawnNs }: { panel: ProcessPanel | undefined; spawnNs: number }): ReactNode {
  if (panel === undefined) return undefined;
  if (panel.alive)
    return (
      <span className="pill is-alive" data-testid="alive">
        alive
      </span>
    );
  if (panel.exit !== undefined) {
    return (
      <span
        className={`pill ${panel.exit.bad ? 'is-crashed' : 'is-dead'}`}
        data-testid="alive"
        title={panel.exit.reason.text}
      >
        {panel.exit.bad ? 'crashed' : 'ended'}
      </span>
    );
  }
  return (
    <span
      className="pill is-dead"
      data-testid="alive"
      title={spawnNs >= 0 ? `starts at ${momentText(spawnNs)}` : undefined}
    >
      not yet born
    </span>
  );
}

function Fact({ name, value }: { name: string; value: ReactNode }): ReactNode {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Sections({ panel }: { panel: ProcessPanel }): ReactNode {
  return (
    <>
      {panel.exit !== undefined && (
        <div className={`ended ${panel.exit.bad ? 'is-bad' : ''}`}>
          <span>
            {panel.exit.bad ? 'Crashed' : 'Ended'} at{' '}
            <EventLink seq={panel.exit.seq}>{momentText(panel.exit.ns)}</EventLink>
          </span>
          <code className="mono" title={panel.exit.reason.text}>
            {panel.exit.reason.text}
          </code>
        </div>
      )}
      <StateSection panel={panel} />
      <MailboxSection panel={panel} />
      <Relations panel={panel} />
    </>
  );
}

function Section({
  title,
  note,
  actions,
  children,
  testId,
  open = true,
}: {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  testId?: string;
  open?: boolean;
}): ReactNode {
  const [unfolded, setUnfolded] = useState<boolean | undefined>(undefined);
  const shown = unfolded ?? open;
  return (
    <section className="section" data-testid={testId}>
      <header className="section-head">
        <button
          type="button"
          className="section-title"
          aria-expanded={shown}
          onClick={() => {
            setUnfolded(!shown);
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

function StateSection({ panel }: { panel: ProcessPanel }): ReactNode {
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
          onClick={() =>
            void navigator.clipboard.writeText(state.text).then(() => {
              session.notice('Copied the state');
            })
          }
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
          <OriginAnswer />
          <StateTree key={panel.process} tree={state.tree} askable />
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
            state.diff.length === 0 && state.previousSeq > 0
              ? 'Left as it was by'
              : state.previousSeq > 0
                ? 'Changed by'
                : 'Made by'
          }
        />
      )}
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
  const callback = /([^.:]+)\/\d+$/.exec(cause.callback)?.[1] ?? cause.callback;
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

function OriginAnswer(): ReactNode {
  const session = useSession();
  const origin = useView((state) => state.origin);
  const selected = useView((state) => state.selected);
  if (origin === undefined || origin.process !== selected) return undefined;
  const path = origin.path.map((each) => each.replace(/(?: =>|:)$/, '')).join(' → ');
  const found = origin.result?.found;
  return (
    <div
      className="origin"
      data-testid="origin"
      ref={(box) => {
        box?.scrollIntoView({ block: 'nearest' });
      }}
    >
      <div className="origin-head">
        <span>
          Who set <strong className="mono">{path}</strong>?
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
      {origin.result === undefined ? (
        <p className="faint">Looking back…</p>
      ) : found === undefined ? (
        <p>
          {origin.result.gaveUp
            ? `Not changed in the last ${count(origin.result.looked)} states; looked no further.`
            : 'It was so when recording began.'}
        </p>
      ) : (
        <>
          <p className="diff-values">
            {found.before !== undefined && <s title={found.before}>{found.before}</s>}
            {found.before !== undefined && <span className="diff-arrow">→</span>}
            <ins title={found.after}>{found.after}</ins>
            <span className="faint">
              {' '}
              at <MomentLink moment={found} />
            </span>
          </p>
          {found.cause === undefined ? (
            <p className="faint">As found when recording began.</p>
          ) : (
            <CauseLine cause={found.cause} lead="By" />
          )}
        </>
      )}
    </div>
  );
}

function Gaps({ gaps, what }: { gaps: GapView[]; what: string }): ReactNode {
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

function MailboxSection({ panel }: { panel: ProcessPanel }): ReactNode {
  const { mailbox } = panel;
  const total = count(mailbox.total);
  return (
    <Section
      title="Mailbox"
      note={mailbox.exact ? total : `${total} arrived`}
      testId="mailbox"
      open={mailbox.messages.length > 0}
    >
      {!mailbox.exact && mailbox.messages.length > 0 && (
        <p className="note">
          Not exact: this process takes its messages unseen, so these are all that arrived, taken or not.
        </p>
      )}
      <Gaps gaps={mailbox.gaps} what="Messages may be missing" />
      {mailbox.messages.length === 0 ? (
        <p className="empty">{mailbox.exact ? 'Empty.' : 'Nothing has arrived.'}</p>
      ) : (
        <ul className="messages">
          {(mailbox.exact ? mailbox.messages : mailbox.messages.slice(-20)).map((each) => (
            <li key={each.seq}>
              <EventLink seq={each.seq} />
              <code className="mono" title={each.message.text}>
                {each.message.text}
              </code>
              {each.from > 0 && (
                <span className="message-from">
                  <span className="faint">from</span> <ProcessLink id={each.from} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Relations({ panel }: { panel: ProcessPanel }): ReactNode {
  const [all, setAll] = useState(false);
  const chips = (ids: number[], total: number): ReactNode => (
    <span className="chips">
      {ids.slice(0, all ? ids.length : 8).map((id) => (
        <ProcessLink key={id} id={id} />
      ))}
      {total > 8 && !all && (
        <button
          type="button"
          className="link"
          onClick={() => {
            setAll(true);
          }}
        >{`+${String(total - 8)}`}</button>
      )}
      {all && total > ids.length && <span className="faint">{`+${String(total - ids.length)}`}</span>}
    </span>
  );
  const any = panel.linksTotal + panel.childrenTotal > 0;
  return (
    <Section
      title="Links and children"
      note={`${String(panel.linksTotal)} · ${String(panel.childrenTotal)}`}
      testId="relations"
      open={any}
    >
      <dl className="facts is-wide">
        <Fact
          name="links"
          value={panel.linksTotal === 0 ? <span className="faint">none</span> : chips(panel.links, panel.linksTotal)}
        />
        <Fact
          name="children"
          value={
            panel.childrenTotal === 0 ? (
              <span className="faint">none alive</span>
            ) : (
              chips(panel.children, panel.childrenTotal)
            )
          }
        />
      </dl>
    </Section>
  );
}
