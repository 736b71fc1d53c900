/** Moments worth a look, offered while no process is chosen. Of each kind one can go to the first, last, next and previous. */
import { useSyncExternalStore, type ReactNode } from 'react';
import { functionTitle, testName } from '../model/names.js';
import { count, duration, momentText } from '../model/time.js';
import { useSession, useView } from './context.js';

const SHOWN = 8;

interface Offered {
  seq: number;
  ns: number;
  process: number;
}

export function MomentsPanel(): ReactNode {
  const session = useSession();
  useView((state) => state.crashesVersion);
  const found = useSyncExternalStore(session.moments.subscribe, session.moments.get);
  const { crashes } = session;
  const { calls, mailboxes, restarts, errors, complete, state } = found;
  const tests = found.raises.filter((each) => each.test);
  const raises = found.raises.filter((each) => !each.test);
  const more = complete || state !== 'looking' ? '' : '…';
  return (
    <div className="moments" data-testid="moments">
      {tests.length > 0 && (
        <Group title="Failed tests" note={count(tests.length)} of={tests} what="failed test">
          {tests.slice(0, SHOWN).map((each) => (
            <Moment key={each.seq} at={each} dot="crash" text={testName(each.outermost)} detail={each.text} />
          ))}
          <More all={tests.length} />
        </Group>
      )}
      <Group title="Crashes" note={crashes.length === 0 ? 'none' : count(crashes.length)} of={crashes} what="crash">
        {crashes.slice(0, SHOWN).map((each) => (
          <Moment key={each.seq} at={each} dot="crash" text={session.name(each.process)} detail={each.reason} />
        ))}
        <More all={crashes.length} />
      </Group>
      {restarts.length > 0 && (
        <Group title="Restarts" note={`${count(restarts.length)}${more}`} of={restarts} what="restart">
          {restarts.slice(0, SHOWN).map((each) => (
            <Moment
              key={each.seq}
              at={each}
              dot="process"
              text={session.name(each.process)}
              detail={`${session.process(each.process)?.pid ?? ''} in the place of ${session.process(each.before)?.pid ?? 'an earlier one'}`}
            />
          ))}
          <More all={restarts.length} />
        </Group>
      )}
      {errors.length > 0 && (
        <Group title="Errors logged" note={`${count(errors.length)}${more}`} of={errors} what="logged error">
          {errors.slice(0, SHOWN).map((each) => (
            <Moment key={each.seq} at={each} dot="log" text={session.name(each.process)} detail={each.text} />
          ))}
          <More all={errors.length} />
        </Group>
      )}
      {raises.length > 0 && (
        <Group
          title="Exceptions"
          note={`${count(raises.length)}${found.moreRaises ? ' and more' : ''}`}
          of={raises}
          what="exception"
          first={found.moreRaises}
        >
          {raises.slice(0, SHOWN).map((each) => (
            <Moment key={each.seq} at={each} dot="crash" text={functionTitle(each.fn)} detail={each.text} />
          ))}
          <More all={raises.length} first={found.moreRaises} />
        </Group>
      )}
      <Group
        title="Longest calls"
        note={state === 'looking' ? 'looking…' : calls.length === 0 ? 'none' : undefined}
        of={calls}
        what="long call"
      >
        {calls.map((each) => (
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
      {mailboxes.length > 0 && (
        <Group title="Longest mailboxes" of={mailboxes} what="long mailbox">
          {mailboxes.map((each) => (
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
      {state === 'partly' && <p className="edge">{`Looked through the first ${count(found.looked)} events.`}</p>}
    </div>
  );
}

function More({ all, first = false }: { all: number; first?: boolean }): ReactNode {
  const which = first ? `the first ${count(all)}` : 'all';
  return all > SHOWN && <li className="edge">{`${count(all - SHOWN)} more: the arrows go through ${which}`}</li>;
}

/** `of`: all of its kind, also those that are not listed. */
function Group({
  title,
  note,
  of,
  what,
  first = false,
  children,
}: {
  title: string;
  note?: string | undefined;
  of: readonly Offered[];
  what: string;
  /** There are more of its kind after these. */
  first?: boolean;
  children: ReactNode;
}): ReactNode {
  const session = useSession();
  const to = (
    which: (sorted: Offered[], here: (each: Offered) => number) => Offered | undefined,
    where: string,
  ): void => {
    const { moment } = session.state;
    const here = (each: Offered): number => (moment.seq === undefined ? each.ns - moment.ns : each.seq - moment.seq);
    const found = which(
      [...of].sort((a, b) => a.seq - b.seq),
      here,
    );
    // The list stays: who goes from one to the next does not want to choose its process.
    if (found === undefined) session.notice(`No ${where} ${what}`);
    else session.jump(found, { keepProcess: true });
  };
  const arrows = [
    { sign: '⇤', label: 'First', go: () => { to((all) => all[0], 'first'); } },
    { sign: '◂', label: 'Previous', go: () => { to((all, here) => all.findLast((each) => here(each) < 0), 'earlier'); } },
    { sign: '▸', label: 'Next', go: () => { to((all, here) => all.find((each) => here(each) > 0), 'later'); } },
    { sign: '⇥', label: first ? `Of the first ${count(of.length)}, the last` : 'Last', go: () => { to((all) => all.at(-1), 'last'); } },
  ]; // prettier-ignore
  return (
    <>
      <h3>
        {title}
        {note !== undefined && <span className="section-note"> {note}</span>}
        {of.length > 1 && (
          <span className="moment-arrows">
            {arrows.map(({ sign, label, go }) => (
              <button
                type="button"
                key={label}
                className="icon-button"
                title={`${label} ${what}`}
                aria-label={`${label} ${what}`}
                onClick={go}
              >
                {sign}
              </button>
            ))}
          </span>
        )}
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
  at: Offered;
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
        title={`${momentText(at.ns)}  #${String(at.seq)}\n${text}\n${detail}`}
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
