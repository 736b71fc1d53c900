/** Events around the moment, of the selected process or of all: the past above the line, what comes below. Only rows in sight exist. */
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { EventView } from '../../server/index.js';
import { EventRows } from '../model/event-rows.js';
import { familyOf, kindLabel } from '../model/families.js';
import { functionTitle, shortFunction } from '../model/names.js';
import { duration } from '../model/time.js';
import { useSession, useView } from './context.js';

export const EventList = memo(function EventList(): ReactNode {
  const session = useSession();
  const events = useView((state) => state.events);
  const selected = useView((state) => state.selected);
  const hidden = useView((state) => state.hidden);
  const chosen = useView((state) => state.event);
  const list = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(400);
  const shown = useMemo(() => {
    if (events === undefined) return undefined;
    const seen = (all: EventView[]): EventView[] => all.filter((each) => !hidden.has(familyOf(each.kind)));
    const [before, after] = [seen(events.before), seen(events.after)];
    const edges = { before: !events.moreBefore, after: !events.moreAfter };
    return { all: [...before, ...after], rows: new EventRows(before.length, after.length, edges), ns: events.at.ns };
  }, [events, hidden]);
  const [scrolled, setScrolled] = useState<{ of: typeof shown; top: number } | undefined>(undefined);
  // Another moment, another place: until one scrolls, the moment stands where it belongs.
  const top = scrolled?.of === shown ? (scrolled?.top ?? 0) : (shown?.rows.scrollTop(height) ?? 0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      setHeight(entry!.contentRect.height);
    });
    observer.observe(list.current!);
    return () => {
      observer.disconnect();
    };
  }, []);
  // Where the list stands; known without asking, which would lay out the whole page.
  const stands = useRef(0);
  useLayoutEffect(() => {
    const box = list.current;
    if (box === null || shown === undefined) return;
    const wanted = shown.rows.scrollTop(height);
    if (wanted !== stands.current) box.scrollTop = stands.current = wanted;
  }, [shown, height]);
  const row = (event: EventView): ReactNode => (
    <EventRow key={event.seq} event={event} from={shown!.ns} all={selected === 0} chosen={event.seq === chosen} />
  );
  const part = shown?.rows.visible(top, height);
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
      <div
        className="event-rows"
        ref={list}
        onScroll={(event) => {
          const { scrollTop } = event.currentTarget;
          if (scrollTop === stands.current) return;
          stands.current = scrollTop;
          setScrolled({ of: shown, top: scrollTop });
        }}
      >
        {events === undefined || shown === undefined || part === undefined ? (
          <p className="empty">Looking…</p>
        ) : (
          <>
            {!events.moreBefore && <p className="edge">start of the recording</p>}
            <div style={{ height: `${String(part.above)}px` }} />
            {shown.all.slice(part.from, shown.rows.before).map(row)}
            <div className="now-line" title="The moment" />
            {shown.all.slice(shown.rows.before, part.to).map(row)}
            <div style={{ height: `${String(part.below)}px` }} />
            {!events.moreAfter && <p className="edge">no later events</p>}
          </>
        )}
      </div>
    </section>
  );
});

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
  const who = all ? session.name(event.process) : '';
  const title = [
    `#${String(event.seq)} ${event.kind}${event.fn === undefined ? '' : ` ${functionTitle(event.fn)}`}`,
    [who, subject].filter((each) => each !== '').join(' '),
    event.text.text,
  ].join('\n');
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
      {all && <span className="event-process">{who}</span>}
      {subject !== '' && <span className="event-subject">{subject}</span>}
      <code className="mono event-text">{event.text.text}</code>
    </button>
  );
}
