/** What a message held, unfolded in place: the whole value as a tree. */
import { useEffect, useState, type ReactNode } from 'react';
import type { EventDetail } from '../../server/index.js';
import { useSession } from './context.js';
import { StateTree } from './state-tree.js';

export function Payload({ seq }: { seq: number }): ReactNode {
  const session = useSession();
  const [detail, setDetail] = useState<EventDetail | undefined>(undefined);
  useEffect(() => {
    let gone = false;
    session.client.ask('event', { seq }, 'payload').then(
      (answer) => {
        if (!gone) setDetail(answer);
      },
      (error: unknown) => {
        session.fail(error);
      },
    );
    return () => {
      gone = true;
    };
  }, [session, seq]);
  const term = detail?.terms[0];
  return (
    <div className="sequence-payload" data-testid="sequence-payload">
      {detail === undefined ? (
        <p className="faint">Looking…</p>
      ) : term === undefined ? (
        <p className="faint">Its content was not recorded.</p>
      ) : (
        <StateTree key={seq} tree={term} name="payload" of={seq} />
      )}
    </div>
  );
}
