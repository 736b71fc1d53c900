/** Moments worth a look, offered while no process is chosen. */
import { useSyncExternalStore, type ReactNode } from 'react';
import { functionTitle } from '../model/names.js';
import { count, duration, momentText } from '../model/time.js';
import { useSession, useView } from './context.js';

const CRASHES = 12;

export function MomentsPanel(): ReactNode {
  const session = useSession();
  useView((state) => state.crashesVersion);
  const found = useSyncExternalStore(session.moments.subscribe, session.moments.get);
  const { crashes } = session;
  return (
    <div className="moments" data-testid="moments">
      <Group title="Crashes" note={crashes.length === 0 ? 'none' : count(crashes.length)}>
        {crashes.slice(0, CRASHES).map((each) => (
          <Moment key={each.seq} at={each} dot="crash" text={session.name(each.process)} detail={each.reason} />
        ))}
        {crashes.length > CRASHES && (
          <li className="edge">{`${count(crashes.length - CRASHES)} more: n goes from one to the next`}</li>
        )}
      </Group>
      <Group title="Longest calls" note={found.state === 'looking' ? 'looking…' : undefined}>
        {found.calls.map((each) => (
          <Moment
            key={each.seq}
            at={each}
            dot="function"
            text={duration(each.lastsNs)}
            detail={`${functionTitle(each.fn)} in ${session.name(each.process)}`}
            span={each.lastsNs}
          />
        ))}
      </Group>
      {found.mailboxes.length > 0 && (
        <Group title="Longest mailboxes">
          {found.mailboxes.map((each) => (
            <Moment
              key={each.seq}
              at={each}
              dot="message"
              text={count(each.length)}
              detail={`waiting for ${session.name(each.process)}`}
            />
          ))}
        </Group>
      )}
      {found.state === 'partly' && <p className="edge">{`Looked through the first ${count(found.looked)} events.`}</p>}
    </div>
  );
}

function Group({
  title,
  note,
  children,
}: {
  title: string;
  note?: string | undefined;
  children: ReactNode;
}): ReactNode {
  return (
    <>
      <h3>
        {title}
        {note !== undefined && <span className="section-note"> {note}</span>}
      </h3>
      <ul>{children}</ul>
    </>
  );
}

function Moment({
  at,
  dot,
  text,
  detail,
  span,
}: {
  at: { seq: number; ns: number; process: number };
  dot: string;
  text: string;
  detail: string;
  span?: number;
}): ReactNode {
  const session = useSession();
  return (
    <li>
      <button
        type="button"
        className="event-row"
        title={`${momentText(at.ns)}  #${String(at.seq)}\n${detail}`}
        data-seq={at.seq}
        onClick={() => {
          // A call is shown as a whole, with something of what lies around it.
          if (span !== undefined) session.setWindow(at.ns - span * 0.3, at.ns + span * 1.3);
          session.jump(at);
        }}
      >
        <span className={`dot f-${dot}`} />
        <span className="moment-text num">{text}</span>
        <span className="event-text">{detail}</span>
        <span className="event-time num">{momentText(at.ns)}</span>
      </button>
    </li>
  );
}
