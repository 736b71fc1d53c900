/** The constellation as a component: the picture, what sets it, its legend, and the same as a table. */
import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { count, counted, duration } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import type { Session } from '../state/session.js';
import { HEATS, type Heat } from '../state/view-state.js';
import { noFacts, type Facts } from './facts.js';
import { HEAT_LABEL, heatOf, heatText, heatWhen, ticksOf, type Scale } from './heat.js';
import { openStage } from './open-stage.js';
import { RAMP_STEPS } from './palette.js';
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

function Tools({ view, facts }: { view: ConstellationView | undefined; facts: Facts }): ReactNode {
  const session = useSession();
  const flat = useView((state) => state.flat);
  const follow = useView((state) => state.follow);
  const selected = useView((state) => state.selected);
  const closed = useView((state) => state.closedApplications);
  return (
    <div className="system-tools">
      <HeatChoice what="colour" label="Colour" />
      <HeatChoice what="size" label="Size" />
      <div className="view-switch" role="group" aria-label="Layout">
        {[false, true].map((each) => (
          <button
            type="button"
            key={String(each)}
            aria-pressed={flat === each}
            data-testid={each ? 'flat' : 'space'}
            title={`${each ? 'Flat, seen from above' : 'In space'} ( v )`}
            onClick={() => {
              session.store.set({ flat: each });
            }}
          >
            {each ? '2D' : '3D'}
          </button>
        ))}
      </div>
      <button
        type="button"
        className="system-button"
        aria-pressed={follow}
        disabled={selected === 0}
        data-testid="follow"
        title={
          selected === 0
            ? 'Choose a process first: then the view stays with it ( F )'
            : `The view stays with ${session.name(selected)} ( F )`
        }
        onClick={() => {
          session.store.set({ follow: !follow });
        }}
      >
        Follow
      </button>
      <button
        type="button"
        className="system-button"
        data-testid="reset-camera"
        title="Everything in view ( 0 )"
        onClick={() => {
          view?.reset();
        }}
      >
        Reset view
      </button>
      <details className="system-applications">
        <summary data-testid="applications">
          Applications <span className="faint num">{count(facts.islands.length)}</span>
        </summary>
        <ul>
          {facts.islands.map((island) => (
            <li key={island.key}>
              <label>
                <input
                  type="checkbox"
                  checked={!closed.has(island.key)}
                  onChange={() => {
                    view?.toggleIsland(island.key);
                  }}
                />
                <span className="clip" title={island.label}>
                  {island.label}
                </span>
                <span className="faint num">{count(island.size)}</span>
              </label>
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

function HeatChoice({ what, label }: { what: 'colour' | 'size'; label: string }): ReactNode {
  const session = useSession();
  const value = useView((state) => state[what]);
  return (
    <label className="system-choice">
      {label}
      <select
        className="choice"
        data-testid={what}
        value={value}
        onChange={(event) => {
          session.store.set({ [what]: event.currentTarget.value as Heat });
        }}
      >
        {HEATS.map((heat) => (
          <option key={heat} value={heat}>
            {heat === 'none' && what === 'colour' ? 'Kind' : HEAT_LABEL[heat]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What the colours and sizes mean, and what is not in the picture. */
function Legend({ facts, filter }: { facts: Facts; filter: string }): ReactNode {
  const { colour, size, colourScale, sizeScale } = facts;
  return (
    <div className="system-legend" data-testid="legend" data-over>
      <ColourLegend facts={facts} colour={colour} scale={colourScale} />
      {size !== 'none' && (
        <div className="legend-part">
          <div className="legend-title">
            Size: {title(size, facts)} <span className="faint">{heatWhen(size, facts.windowNs)}</span>
          </div>
          {sizeScale === undefined ? (
            <div className="faint">{noValues(size)}</div>
          ) : (
            <div className="legend-sizes num">
              {ends(sizeScale).map((value, i) => (
                <span key={value}>
                  <i className={i === 0 ? 'is-small' : 'is-large'} /> {heatText(size, value)}
                </span>
              ))}
            </div>
          )}
        </div>
      )}
      <Notes facts={facts} filter={filter} />
    </div>
  );
}

function ColourLegend({ facts, colour, scale }: { facts: Facts; colour: Heat; scale: Scale | undefined }): ReactNode {
  if (colour === 'none')
    return (
      <div className="legend-part">
        <div className="legend-title">Colour: kind</div>
        <div className="legend-sizes">
          <span>
            <i className="is-supervisor" /> supervisor
          </span>
          <span>
            <i className="is-process" /> other process
          </span>
        </div>
      </div>
    );
  return (
    <div className="legend-part">
      <div className="legend-title">
        Colour: {title(colour, facts)} <span className="faint">{heatWhen(colour, facts.windowNs)}</span>
      </div>
      {scale === undefined ? (
        <div className="faint">{noValues(colour)}</div>
      ) : (
        <>
          <div className="legend-ramp" data-steps={RAMP_STEPS} />
          <div className="legend-ticks num" data-testid="legend-ticks">
            {ticksOf(scale, 3).map((value, i) => (
              <span key={i}>{heatText(colour, value)}</span>
            ))}
          </div>
        </>
      )}
      {(colour === 'memory' || colour === 'mailbox') && (
        <div className="legend-sizes">
          <span className="faint">
            <i className="is-unknown" /> not known
          </span>
        </div>
      )}
    </div>
  );
}

function title(heat: Heat, facts: Facts): string {
  if (heat === 'cpu') return facts.running === 'scheduled' ? 'time on a scheduler' : 'time in callbacks and calls';
  if (heat === 'memory') return facts.memory === 'process' ? 'memory' : 'recorded state';
  return HEAT_LABEL[heat].toLowerCase();
}
const noValues = (heat: Heat): string =>
  heat === 'memory' ? 'No sizes are known: record with --memory.' : heat === 'mailbox' ? 'No message waits.' : 'None.';
const ends = (scale: Scale): number[] => (scale.high > scale.low ? [scale.low, scale.high] : [scale.high]);

function Notes({ facts, filter }: { facts: Facts; filter: string }): ReactNode {
  const notes: string[] = [];
  if (facts.stage === 'canvas') notes.push('This browser has no WebGL2: a simpler picture.');
  if (facts.sampled !== undefined)
    notes.push(`Estimated from ${String(Math.max(1, Math.round(facts.sampled * 100)))} % of the time in view.`);
  if (facts.together > 0)
    notes.push(
      `Lines: the ${count(facts.pairs)} pairs with most messages; ${count(facts.together)} weaker ones (${counted(facts.togetherMessages, 'message')}) together, from application to application.`,
    );
  if (facts.pairsLeftOut > 0) notes.push(`${count(facts.pairsLeftOut)} pairs with the fewest messages have no line.`);
  if (facts.dots > 0 && !facts.dotsComplete) notes.push('More messages are under way than dots are drawn.');
  if (filter !== '') notes.push('What the filter does not match is faint.');
  return (
    <div className="legend-notes" data-testid="system-notes">
      <div className="faint num">
        {counted(facts.alive, 'process')} alive
        {facts.pairs > 0 && `, ${counted(facts.pairs, 'pair')} with messages`}
      </div>
      {notes.map((note) => (
        <div key={note} className="faint">
          {note}
        </div>
      ))}
    </div>
  );
}

/** The same as text: the processes with most of what colour (or else size) tells. */
function TopList({ session, facts }: { session: Session; facts: Facts }): ReactNode {
  const [open, setOpen] = useState(false);
  const selected = useView((state) => state.selected);
  const { colour, size, top } = facts;
  return (
    <div className={`system-list${open ? '' : ' is-closed'}`} data-over>
      <button
        type="button"
        className="system-button"
        aria-expanded={open}
        data-testid="top-toggle"
        onClick={() => {
          setOpen(!open);
        }}
      >
        Top processes
      </button>
      <div className={open ? 'system-table' : 'visually-hidden'}>
        <table data-testid="top-processes">
          <caption className="visually-hidden">
            Processes alive at the moment, those with most first. {title(colour === 'none' ? size : colour, facts)}
          </caption>
          <thead>
            <tr>
              <th scope="col">Process</th>
              {colour !== 'none' && <th scope="col">{HEAT_LABEL[colour]}</th>}
              {size !== 'none' && size !== colour && <th scope="col">{HEAT_LABEL[size]}</th>}
            </tr>
          </thead>
          <tbody>
            {top.map(({ process, colour: first, size: second }) => (
              <tr key={process} aria-current={process === selected}>
                <td>
                  <button
                    type="button"
                    className="link clip"
                    tabIndex={open ? 0 : -1}
                    title={session.name(process)}
                    onClick={() => {
                      session.select(process);
                    }}
                  >
                    {session.name(process)}
                  </button>
                </td>
                {colour !== 'none' && <td className="num">{first}</td>}
                {size !== 'none' && size !== colour && <td className="num">{second}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Hover({
  session,
  view,
  facts,
  hover,
}: {
  session: Session;
  view: ConstellationView;
  facts: Facts;
  hover: NonNullable<Facts['hover']>;
}): ReactNode {
  const process = session.process(hover.process);
  const island = facts.islands[hover.island];
  const left = hover.x > view.size.width - 260;
  return (
    <div
      className={`tooltip${left ? ' is-left' : ''}`}
      data-testid="system-tooltip"
      style={{ transform: `translate(${String(Math.round(hover.x))}px, ${String(Math.round(hover.y))}px)` }}
    >
      <div className="tooltip-box">
        {process !== undefined && (
          <>
            <strong>{session.name(process.id)}</strong> <span className="faint num">{process.pid}</span>
            {process.runs !== undefined && <div className="faint mono">{process.runs}</div>}
            <dl className="system-values num">
              {HEATS.filter((heat) => heat !== 'none').map((heat) => (
                <div key={heat}>
                  <dt>{HEAT_LABEL[heat]}</dt>
                  <dd>{heatText(heat, heatOf(view.measures, heat, process.id))}</dd>
                </div>
              ))}
              {(view.measures.reductions[process.id] ?? -1) >= 0 && (
                <div>
                  <dt>Reductions</dt>
                  <dd>{count(view.measures.reductions[process.id]!)}</dd>
                </div>
              )}
            </dl>
            <div className="faint">Rates are those of the {duration(facts.windowNs)} in view.</div>
          </>
        )}
        {island !== undefined && (
          <>
            <strong>{island.label}</strong>
            <div className="faint">{counted(island.size, 'process')}; click opens it</div>
          </>
        )}
      </div>
    </div>
  );
}
