/** What the lanes in view show, in words: for those who do not see the picture. */
import { useEffect, useState, type ReactNode } from 'react';
import { bytes, count } from '../model/time.js';
import type { LaneSaid } from '../timeline/lanes-picture.js';
import type { TimelineView } from '../timeline/timeline-view.js';

const EVERY_MS = 400;
/** While one pans and zooms nobody could read along. */
const RESTS_MS = 200;

export function LaneStates({ view }: { view: TimelineView | undefined }): ReactNode {
  const [said, setSaid] = useState<readonly LaneSaid[]>([]);
  useEffect(() => {
    if (view === undefined) return;
    const timer = setInterval(() => {
      if (view.rests(RESTS_MS)) setSaid(view.said);
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
    };
  }, [view]);
  return (
    <ul className="for-readers" aria-label="Lanes in view" data-testid="lane-states">
      {said.map((lane, i) => (
        // One that is pinned and has others under it stands twice.
        <li key={`${String(lane.process)}/${String(lane.node)}/${String(i)}`} data-process={lane.process}>
          {sentence(lane)}
        </li>
      ))}
    </ul>
  );
}

function sentence({ label, process, shares, seen }: LaneSaid): string {
  if (process === 0)
    return seen === undefined
      ? `${label}: no looks at this node here`
      : `${label}: memory up to ${bytes(seen.bytes)}, run queue up to ${count(seen.queue)}`;
  if (shares === undefined) return `${label}: not alive here, or not known yet what it did`;
  const rest = 1 - shares.running - shares.waiting;
  // Less is what the edges of pixels leave.
  const idle = rest < 0.005 ? 0 : rest;
  return `${label}: running ${percent(shares.running)}, waiting for answers ${percent(shares.waiting)}, idle ${percent(idle)}`;
}

function percent(share: number): string {
  if (share > 0 && share < 0.01) return 'under 1 %';
  return `${String(Math.round(share * 100))} %`;
}
