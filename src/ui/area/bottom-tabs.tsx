/** While an area is selected, what stands in its place below the timeline has a way back to the totals. */
import type { ReactNode } from 'react';
import { useSession, useView } from '../panels/context.js';

export function BottomTabs(): ReactNode {
  const session = useSession();
  const shown = useView((state) =>
    state.source !== undefined ? 'Source' : state.sequence !== undefined ? 'Messages' : 'Bookmarks',
  );
  return (
    <nav className="bottom-tabs" aria-label="Below the timeline">
      <button
        type="button"
        data-testid="back-to-totals"
        onClick={() => {
          session.store.set({ source: undefined, sequence: undefined, marks: false });
        }}
      >
        Totals of the area
      </button>
      <button type="button" aria-current="true">
        {shown}
      </button>
    </nav>
  );
}
