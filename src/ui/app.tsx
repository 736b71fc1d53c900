import { useEffect, type ReactNode } from 'react';
import { SessionContext, useView } from './panels/context.js';
import { Help } from './panels/help.js';
import { Inspector } from './panels/inspector.js';
import { useKeys } from './panels/keys.js';
import { BottomBar, MinimapStrip, Timeline } from './panels/timeline.js';
import { TopBar } from './panels/top-bar.js';
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
  const theme = useView((state) => state.theme);
  const failure = useView((state) => state.failure);
  const link = useView((state) => state.link);
  const loaded = useView((state) => state.info !== undefined);
  useEffect(() => {
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return (
    <div className="app" data-testid="app" data-ready={loaded}>
      <TopBar />
      <MinimapStrip />
      <main className="main">
        <Timeline />
        <Inspector />
      </main>
      <BottomBar />
      <Help />
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
