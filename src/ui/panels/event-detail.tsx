/** One event in full: what, when, its values, and what led to it. */
import type { ReactNode } from 'react';
import { familyOf, kindLabel } from '../model/families.js';
import { functionTitle } from '../model/names.js';
import { momentText } from '../model/time.js';
import { useSession, useView } from './context.js';
import { EventLink, ProcessLink } from './links.js';
import { StateTree } from './state-tree.js';

export function EventDetailView(): ReactNode {
  const session = useSession();
  const seq = useView((state) => state.event);
  const detail = useView((state) => state.detail);
  if (detail === undefined || detail.event.seq !== seq) {
    return <div className="detail" data-testid="event-detail" />;
  }
  const { event } = detail;
  return (
    <section className="detail" data-testid="event-detail">
      <header className="detail-head">
        <span className={`dot f-${event.bad ? 'crash' : familyOf(event.kind)}`} />
        <strong>{kindLabel(event.kind)}</strong>
        {event.fn !== undefined && (
          <span className="mono clip" title={event.fn}>
            {functionTitle(event.fn)}
          </span>
        )}
        <span className="faint num">{`#${String(event.seq)} ${momentText(event.ns)}`}</span>
        <button
          type="button"
          className="icon-button"
          aria-label="Close"
          title="Close"
          onClick={() => {
            session.closeDetail();
          }}
        >
          ✕
        </button>
      </header>
      {event.peer > 0 && (
        <p className="detail-line">
          <ProcessLink id={event.process} /> <span className="faint">{event.kind === 'arrive' ? '←' : '→'}</span>{' '}
          <ProcessLink id={event.peer} />
        </p>
      )}
      {event.notes.includes('nowhere') && <p className="gap-note">Sent to nobody: the receiver did not exist.</p>}
      {event.notes.includes('clamped') && (
        <p className="note">Its time was moved a little, to keep cause before effect.</p>
      )}
      {detail.terms.map((term, i) => (
        <StateTree key={`${String(event.seq)}-${String(i)}`} tree={term} name={`event${String(i)}`} of={event.seq} />
      ))}
      {detail.causes.length > 0 && (
        <ol className="causes">
          {detail.causes.map((each) => (
            <li key={each.seq} title={each.text.text}>
              <span className={`dot f-${familyOf(each.kind)}`} />
              <span className="faint">because of</span> <EventLink seq={each.seq}>{kindLabel(each.kind)}</EventLink>{' '}
              <span className="faint">in</span> <ProcessLink id={each.process} />
              <code className="mono clip">{each.text.text}</code>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
