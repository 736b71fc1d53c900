/** Events around the moment, of the selected process or of all: the past above the line, what comes below. */
import { useEffect, useRef, type ReactNode } from 'react';
import type { EventView } from '../../server/index.js';
import { familyOf, kindLabel } from '../model/families.js';
import { functionTitle, shortFunction } from '../model/names.js';
import { duration } from '../model/time.js';
import { useSession, useView } from './context.js';

export function EventList(): ReactNode {
  const session = useSession();
  const events = useView((state) => state.events);
  const selected = useView((state) => state.selected);
  const hidden = useView((state) => state.hidden);
  const chosen = useView((state) => state.event);
  const list = useRef<HTMLDivElement>(null);
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = list.current;
    if (box === null || line.current === null) return;
    // The moment stays two thirds down: the past is what explains.
    box.scrollTop = line.current.offsetTop - box.clientHeight * 0.62;
  }, [events]);
  const row = (event: EventView): ReactNode =>
    hidden.has(familyOf(event.kind)) ? undefined : (
      <EventRow key={event.seq} event={event} from={events!.at.ns} all={selected === 0} chosen={event.seq === chosen} />
    );
  return (
    <section className="events" data-testid="events" data-moment={events?.at.seq}>
      <header className="section-head">
        <span className="section-title is-static">
          {selected === 0 ? 'Events around the moment' : 'Its events around the moment'}
        </span>
        <span className="section-actions">
          <button
            type="button"
            className="icon-button"
            title="Previous event ( , )"
            onClick={() => void session.player.step(-1, 'event')}
          >
            ◂
          </button>
          <button
            type="button"
            className="icon-button"
            title="Next event ( . )"
            onClick={() => void session.player.step(1, 'event')}
          >
            ▸
          </button>
        </span>
      </header>
      <div className="event-rows" ref={list}>
        {events === undefined ? (
          <p className="empty">Looking…</p>
        ) : (
          <>
            {!events.moreBefore && <p className="edge">start of the recording</p>}
            {events.before.map(row)}
            <div className="now-line" ref={line} title="The moment" />
            {events.after.map(row)}
            {!events.moreAfter && <p className="edge">no later events</p>}
          </>
        )}
      </div>
    </section>
  );
}

function EventRow({
  event,
  from,
  all,
  chosen,
}: {
  event: EventView;
  from: number;
  all: boolean;
  chosen: boolean;
}): ReactNode {
  const session = useSession();
  const family = familyOf(event.kind);
  const after = event.ns - from;
  const peer = event.peer === 0 ? undefined : session.name(event.peer);
  const fn = event.fn === undefined ? undefined : shortFunction(event.fn);
  const subject =
    event.kind === 'send' && peer !== undefined
      ? `→ ${peer}`
      : event.kind === 'arrive' && peer !== undefined
        ? `← ${peer}`
        : (fn ?? (peer !== undefined ? peer : ''));
  const title = `#${String(event.seq)} ${event.kind}${event.fn === undefined ? '' : ` ${functionTitle(event.fn)}`}\n${event.text.text}`;
  return (
    <button
      type="button"
      className={`event-row${event.bad ? ' is-bad' : ''}${chosen ? ' is-chosen' : ''}`}
      title={title}
      data-seq={event.seq}
      onClick={() => {
        session.jump(event, { keepProcess: event.process === 0 });
      }}
    >
      <span className={`dot f-${event.bad ? 'crash' : family}`} />
      <span className="event-time num">
        {after === 0 ? '0' : `${after < 0 ? '−' : '+'}${duration(Math.abs(after))}`}
      </span>
      <span className="event-kind">{kindLabel(event.kind)}</span>
      {all && <span className="event-process">{session.name(event.process)}</span>}
      {subject !== '' && <span className="event-subject">{subject}</span>}
      <code className="mono event-text">{event.text.text}</code>
    </button>
  );
}
