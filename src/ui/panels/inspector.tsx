/** The selected process at the moment: who it is, its state and why, what waits for it, whom it knows, what it did. */
import { memo, type ReactNode } from 'react';
import type { ProcessPanel } from '../../server/index.js';
import { momentText } from '../model/time.js';
import { CompareButton } from '../compare/compare-button.js';
import { useSession, useView } from './context.js';
import { EventDetailView } from './event-detail.js';
import { EventList } from './event-list.js';
import { EventLink, ProcessLink } from './links.js';
import { MailboxSection } from './mailbox-section.js';
import { MomentsPanel } from './moments.js';
import { HistorySection } from '../process/history-strip.js';
import { ValueTrailBox } from '../process/value-trail.js';
import { Relations } from './relations-section.js';
import { Fact } from './section.js';
import { StackSection } from './stack-section.js';
import { StateSection } from './state-section.js';
import { VariablesSection } from './variables-section.js';

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
                  title="Mark this process at this moment"
                  aria-label="Mark this process"
                  data-testid="mark-process"
                  onClick={() => {
                    session.marks.begin({ process: selected });
                  }}
                >
                  ⚑
                </button>
                <CompareButton process={selected} />
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
            <ValueTrailBox />
            {panel === undefined ? <p className="empty">Looking…</p> : <Sections panel={panel} />}
          </>
        )}
      </div>
      <EventList />
    </aside>
  );
}

function Nothing(): ReactNode {
  const loaded = useView((state) => state.info !== undefined);
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
      {loaded && <MomentsPanel />}
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

/** Drawn anew only with another answer, whatever else the inspector shows. */
const Sections = memo(function Sections({ panel }: { panel: ProcessPanel }): ReactNode {
  // With the source open one follows the code: what it does comes first.
  const code = useView((state) => state.source !== undefined);
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
      <HistorySection panel={panel} />
      {code && <StackSection />}
      {code && <VariablesSection />}
      <StateSection panel={panel} />
      {!code && <StackSection />}
      {!code && <VariablesSection />}
      <MailboxSection panel={panel} />
      <Relations panel={panel} />
    </>
  );
});
