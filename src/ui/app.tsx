import type { ReactNode } from 'react';
import { AreaPanel } from './area/area-panel.js';
import { BottomTabs } from './area/bottom-tabs.js';
import { Breadcrumb } from './levels/breadcrumb.js';
import { BottomBar } from './panels/bottom-bar.js';
import { SessionContext, useView } from './panels/context.js';
import { Help } from './panels/help.js';
import { Inspector } from './panels/inspector.js';
import { useKeys } from './panels/keys.js';
import { Omnibox } from './panels/omnibox.js';
import { SequencePanel } from './panels/sequence-panel.js';
import { SourcePanel } from './panels/source-panel.js';
import { MarkDialog } from './marks/mark-dialog.js';
import { MarksPanel } from './marks/marks-panel.js';
import { Splitter } from './panels/splitter.js';
import { MinimapStrip } from './panels/timeline.js';
import { TopBar } from './panels/top-bar.js';
import { MainPlace } from './panels/view-switch.js';
import type { Session } from './state/session.js';

export function App({ session }: { session: Session }): ReactNode {
  return (
    <SessionContext value={session}>
      <Frame session={session} />
    </SessionContext>
  );
}

function Frame({ session }: { session: Session }): ReactNode {
  useKeys(session);
  const failure = useView((state) => state.failure);
  const link = useView((state) => state.link);
  const loaded = useView((state) => state.info !== undefined);
  return (
    <div className="app" data-testid="app" data-ready={loaded}>
      <TopBar />
      <MinimapStrip />
      <main className="main">
        <Left />
        <Inspector />
      </main>
      <BottomBar />
      <Help />
      <Omnibox />
      <MarkDialog />
      {!loaded && (
        <div className="cover" role="status">
          {failure !== undefined ? (
            <p className="problem">{failure}</p>
          ) : link === 'lost' ? (
            <p>
              The recording’s server does not answer. Start it again with “elixirscope open” and use the address that it
              prints.
            </p>
          ) : (
            <p className="faint">Opening the recording…</p>
          )}
        </div>
      )}
    </div>
  );
}

/** The timeline or another large view, and below it the source where it is open, or the totals of the area. */
function Left(): ReactNode {
  const other = useView((state) => state.source !== undefined || state.sequence !== undefined || state.marks);
  const area = useView((state) => state.area !== undefined && state.main === 'timeline');
  const open = other || area;
  const split = useView((state) => state.split);
  const rows = open ? `minmax(0, ${String(1 - split)}fr) 5px minmax(0, ${String(split)}fr)` : 'minmax(0, 1fr)';
  return (
    <div className="left-crumbs">
      <div>
        <Breadcrumb />
      </div>
      <div className="left" style={{ gridTemplateRows: rows }}>
        <MainPlace />
        {open && <Splitter />}
        {other ? (
          <div className={area ? 'bottom-place is-tabbed' : 'bottom-place'}>
            {area && <BottomTabs />}
            <SourcePanel />
            <SequencePanel />
            <MarksPanel />
          </div>
        ) : (
          area && <AreaPanel />
        )}
      </div>
    </div>
  );
}
