/** The constellation as a component: the picture, what sets it, its legend, and the same as a table. */
import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { counted } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { noFacts, type Facts } from './facts.js';
import { Hover } from './hover.js';
import { Legend } from './legend.js';
import { openStage } from './open-stage.js';
import { Tools } from './tools.js';
import { TopList } from './top-list.js';
import { ConstellationView } from './view.js';

/** What the picture's element carries, for whoever measures it from outside. */
export interface ConstellationElement extends HTMLElement {
  constellation?: ConstellationView;
}

export default function Constellation(): ReactNode {
  const session = useSession();
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<ConstellationView | undefined>(undefined);
  useEffect(() => {
    const element: ConstellationElement = box.current!;
    const overlay = element.querySelector<HTMLCanvasElement>('.system-overlay')!;
    const stage = openStage(() => {
      element.querySelector('.system-picture')?.remove();
      const canvas = document.createElement('canvas');
      canvas.className = 'system-picture';
      element.prepend(canvas);
      return canvas;
    });
    const made = new ConstellationView(session, stage, overlay);
    element.constellation = made;
    setView(made);
    return () => {
      delete element.constellation;
      made.destroy();
      stage.canvas.remove();
    };
  }, [session]);
  const facts = useFacts(view);
  const loaded = useView((state) => state.info !== undefined);
  const filter = useView((state) => state.filter);
  const empty = loaded && session.processes.length === 0;
  return (
    <section className="system" data-testid="system" aria-label="The system’s processes">
      <Tools view={view} facts={facts} />
      <div
        className="system-box"
        ref={box}
        data-testid="constellation"
        data-layout={facts.layout}
        data-stage={facts.stage}
        data-alive={facts.alive}
        data-shown={facts.shown}
        data-pairs={facts.pairs}
        data-dots={facts.dots}
        data-settled={facts.settled}
      >
        <canvas
          className="system-overlay"
          data-testid="constellation-canvas"
          tabIndex={0}
          role="img"
          aria-label={`${counted(facts.alive, 'process')} at this moment, placed by who started whom. The table “Top processes” has the same as text. Arrow keys turn, shift and arrow keys move, page up and page down come closer and go back.`}
        />
        {facts.hover !== undefined && <Hover session={session} view={view!} facts={facts} hover={facts.hover} />}
        {empty && (
          <p className="hint" data-testid="no-system">
            {session.state.info?.live === true ? 'Nothing has been recorded yet.' : 'No processes in this recording.'}
          </p>
        )}
        {!empty && facts.layout !== 'none' && facts.alive === 0 && facts.shown === 0 && (
          <p className="hint">No process lives at this moment.</p>
        )}
        {!empty && loaded && facts.layout === 'none' && (
          <p className="hint" role="status">
            Placing {counted(session.processes.length, 'process')}…
          </p>
        )}
        <Legend facts={facts} filter={filter} />
        <TopList session={session} facts={facts} />
      </div>
    </section>
  );
}

function useFacts(view: ConstellationView | undefined): Facts {
  return useSyncExternalStore(view?.facts.subscribe ?? nothing, () => view?.facts.get() ?? noFacts);
}
const nothing = (): (() => void) => () => undefined;
