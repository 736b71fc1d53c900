/** The totals of the selected part of time and lanes, below the timeline. */
import { useState, type ReactNode } from 'react';
import type { AreaAnswer, AreaPart } from '../../server/index.js';
import { count, counted, duration, momentText } from '../model/time.js';
import { PARTS } from '../state/totals.js';
import type { Area } from '../state/view-state.js';
import { useSession, useView } from '../panels/context.js';
import { setArea, setTotals } from './area-actions.js';
import { FlamePart } from './flame.js';
import { ErrorsPart, FunctionsPart, MessagesPart, ProcessesPart } from './parts.js';
import { useTotals } from './use-totals.js';

const TITLES: Record<AreaPart, string> = {
  functions: 'Functions',
  messages: 'Messages',
  flame: 'Flame graph',
  processes: 'Processes',
  errors: 'Errors and gaps',
};

export function AreaPanel(): ReactNode {
  const area = useView((state) => state.area);
  if (area === undefined) return undefined;
  return <Panel area={area} />;
}

function Panel({ area }: { area: Area }): ReactNode {
  const session = useSession();
  const { answer, error } = useTotals();
  const part = useView((state) => state.totals.part);
  return (
    <section
      className="source area"
      aria-label="Totals of the area"
      data-testid="area"
      data-done={answer?.done === true}
      data-part={answer?.part.part}
    >
      <header className="source-head area-head">
        <strong>Totals</strong>
        <Ends area={area} />
        <Whose area={area} />
        <span className="source-end">
          <button
            type="button"
            className="icon-button"
            title="Make the window the area"
            onClick={() => {
              const room = (area.toNs - area.fromNs) * 0.04;
              session.setWindow(area.fromNs - room, area.toNs + room);
            }}
          >
            zoom to it
          </button>
          <button
            type="button"
            className="icon-button"
            title="Close ( V )"
            aria-label="Give the area up"
            data-testid="area-close"
            onClick={() => {
              setArea(session, undefined);
            }}
          >
            ✕
          </button>
        </span>
      </header>
      <div className="area-body">
        <div className="area-bar">
          <Tabs part={part} answer={answer} />
          {answer !== undefined && <Facts answer={answer} area={area} />}
        </div>
        <Progress answer={answer} />
        <div className="area-part" role="tabpanel" aria-label={TITLES[part]} id="area-part">
          {error !== undefined ? (
            <p className="hint-text problem">{error}</p>
          ) : answer === undefined || answer.part.part !== part ? (
            <p className="hint-text">Looking…</p>
          ) : answer.done && answer.events === 0 && answer.busyNs === 0 ? (
            <div className="hint-text" data-testid="area-empty">
              <p>Nothing was recorded in this area.</p>
              <p className="faint">
                Hold shift and drag over another part of the timeline, or drag an edge of this one.
              </p>
            </div>
          ) : (
            <Part answer={answer} />
          )}
        </div>
      </div>
    </section>
  );
}

function Part({ answer }: { answer: AreaAnswer }): ReactNode {
  const { part } = answer;
  switch (part.part) {
    case 'functions':
      return <FunctionsPart rows={part.rows} answer={answer} />;
    case 'messages':
      return <MessagesPart rows={part.rows} others={part.others} answer={answer} />;
    case 'processes':
      return <ProcessesPart rows={part.rows} answer={answer} />;
    case 'errors':
      return <ErrorsPart rows={part.rows} answer={answer} />;
    case 'flame':
      return <FlamePart flame={part.flame} answer={answer} />;
  }
}

function Tabs({ part, answer }: { part: AreaPart; answer: AreaAnswer | undefined }): ReactNode {
  const session = useSession();
  const to = (next: AreaPart): void => {
    setTotals(session, { part: next, sort: undefined });
  };
  const wrong = answer === undefined ? 0 : answer.errors + answer.gaps.length + answer.gapsMore;
  return (
    <div
      className="area-tabs"
      role="tablist"
      aria-label="What of the area"
      onKeyDown={(event) => {
        const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
        if (by === 0 || event.shiftKey) return;
        event.preventDefault();
        event.stopPropagation();
        const next = PARTS[(PARTS.indexOf(part) + by + PARTS.length) % PARTS.length]!;
        to(next);
        event.currentTarget.querySelector<HTMLElement>(`[data-part=${next}]`)?.focus();
      }}
    >
      {PARTS.map((each) => (
        <button
          key={each}
          type="button"
          role="tab"
          aria-selected={each === part}
          aria-controls="area-part"
          tabIndex={each === part ? 0 : -1}
          data-part={each}
          data-testid={`area-${each}`}
          onClick={() => {
            to(each);
          }}
        >
          {TITLES[each]}
          {each === 'errors' && wrong > 0 && <span className="area-count num">{count(wrong)}</span>}
        </button>
      ))}
    </div>
  );
}

/** From and to, to be typed over: any moment that the moment field takes. */
function Ends({ area }: { area: Area }): ReactNode {
  const session = useSession();
  const move = async (end: 'fromNs' | 'toNs', text: string): Promise<void> => {
    try {
      const { ns } = await session.client.ask('moment', { text });
      setArea(session, { ...area, [end]: ns });
    } catch (error) {
      session.fail(error);
    }
  };
  return (
    <span className="area-ends">
      <End
        key={`from${String(area.fromNs)}`}
        label="From"
        ns={area.fromNs}
        change={(text) => void move('fromNs', text)}
      />
      <span className="faint">to</span>
      <End key={`to${String(area.toNs)}`} label="To" ns={area.toNs} change={(text) => void move('toNs', text)} />
      <span className="num" data-testid="area-span">{`= ${duration(area.toNs - area.fromNs)}`}</span>
    </span>
  );
}

function End({ label, ns, change }: { label: string; ns: number; change: (text: string) => void }): ReactNode {
  const [text, setText] = useState(momentText(ns));
  return (
    <input
      className="area-end mono"
      aria-label={label}
      title={`${label}: a moment, as ${momentText(ns)} or #4711`}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') change(text);
        if (event.key === 'Escape') {
          setText(momentText(ns));
          event.currentTarget.blur();
        }
      }}
      onBlur={() => {
        if (text !== momentText(ns)) change(text);
      }}
    />
  );
}

function Whose({ area }: { area: Area }): ReactNode {
  const session = useSession();
  useView((state) => state.processesVersion);
  const { processes } = area;
  if (processes === undefined) return <span className="faint clip">all processes</span>;
  const names = processes.slice(0, 30).map((each) => session.name(each));
  return (
    <>
      <span
        className="clip"
        title={`${names.join('\n')}${processes.length > 30 ? '\n…' : ''}`}
        data-testid="area-whose"
      >
        {processes.length === 1 ? names[0] : counted(processes.length, 'process')}
      </span>
      <button
        type="button"
        className="icon-button"
        onClick={() => {
          setArea(session, { ...area, processes: undefined });
        }}
      >
        all processes
      </button>
    </>
  );
}

function Facts({ answer, area }: { answer: AreaAnswer; area: Area }): ReactNode {
  const missing = answer.gaps.reduce((sum, gap) => sum + gap.count, 0);
  const facts = [
    counted(answer.events, 'event'),
    counted(answer.calls, 'call'),
    counted(answer.messages, 'message'),
    counted(answer.processes, 'process'),
    ...(answer.born > 0 ? [`${count(answer.born)} born`] : []),
    ...(answer.ended > 0 ? [`${count(answer.ended)} ended`] : []),
    // Whatever part is looked at: its figures may be too small.
    ...(missing > 0 ? [`${answer.gapsMore > 0 ? 'over ' : ''}${count(missing)} missing`] : []),
  ].join(' · ');
  const share = answer.busyNs / Math.max(1, area.toNs - area.fromNs);
  return (
    <span
      className="area-facts faint num clip"
      title={`${facts}\n${duration(answer.busyNs)} in recorded calls, all processes together: ${share.toFixed(2)} at a time`}
    >
      {facts}
    </span>
  );
}

function Progress({ answer }: { answer: AreaAnswer | undefined }): ReactNode {
  if (answer === undefined || answer.done) return <div className="area-progress" />;
  const percent = Math.floor(answer.share * 100);
  return (
    <div
      className="area-progress"
      role="progressbar"
      aria-label="Looked at"
      aria-valuenow={percent}
      data-testid="area-progress"
    >
      <span className="area-progress-bar" style={{ width: `${String(percent)}%` }} />
      <span className="area-progress-text num">{`${String(percent)} % looked at: totals so far`}</span>
    </div>
  );
}
