/** All that a process went through on one line, to step through change by change; and what its neighbouring changes did. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { HistoryStep, ProcessPanel, StripResult } from '../../server/index.js';
import { shortFunction } from '../model/names.js';
import { count, momentText } from '../model/time.js';
import { useCalmView, useSession, useView } from '../panels/context.js';
import { Section } from '../panels/section.js';
import { useKept } from '../panels/use-kept.js';
import { onTheme } from '../state/theme.js';
import { readPalette, type Palette } from '../timeline/palette.js';
import { drawStrip, STRIP_HEIGHT } from './strip-drawing.js';
import { useAnswer } from './use-answer.js';

const CELLS = 340;
/** After so many answers what is older stays as the rollup tells it. */
const MOST_ROUNDS = 200;

export function HistorySection({ panel }: { panel: ProcessPanel }): ReactNode {
  const session = useSession();
  const endNs = useView((state) => state.info?.end.ns ?? 0);
  const [kept, setKept] = useKept('history.range');
  const range = kept === 'window' ? 'window' : 'life';
  const window = useCalmView((state) => (range === 'window' ? state.window : undefined));
  const info = session.process(panel.process);
  const born = Math.max(0, info?.spawnNs ?? 0);
  const died = info !== undefined && info.exitNs >= 0 ? info.exitNs : endNs;
  const life = { fromNs: born, toNs: Math.max(died, born + CELLS) };
  const place =
    window === undefined
      ? life
      : { fromNs: Math.max(0, Math.round(window.fromNs)), toNs: Math.max(Math.round(window.toNs), CELLS) };
  const strip = useStrip(panel.process, place.fromNs, place.toNs);
  const steps = useView((state) => state.changes);
  const total = strip === undefined ? undefined : strip.total;
  const exact = strip !== undefined && strip.exactFromNs <= strip.fromNs;
  const note =
    total === undefined ? undefined : `${exact ? '' : 'over '}${count(total)} ${total === 1 ? 'change' : 'changes'}`;
  const actions = (
    <span className="section-actions" role="group" aria-label="What the strip covers">
      {(['life', 'window'] as const).map((each) => (
        <button
          key={each}
          type="button"
          className={`icon-button${range === each ? ' is-on' : ''}`}
          aria-pressed={range === each}
          title={each === 'life' ? 'From its start to its end' : 'What the timeline shows'}
          onClick={() => {
            setKept(each === 'window' ? each : undefined);
          }}
        >
          {each === 'life' ? 'whole life' : 'window'}
        </button>
      ))}
    </span>
  );
  const nothing = strip !== undefined && total === 0 && strip.kinds.every((each) => each === 0);
  return (
    <Section title="History" note={note} actions={actions} testId="history">
      {nothing && strip.crashes.length === 0 ? (
        <p className="empty">
          {range === 'window'
            ? 'Nothing of it in this window.'
            : 'No callback and no state of it is recorded: not an OTP process, or it has done nothing yet.'}
        </p>
      ) : (
        <Strip panel={panel} strip={strip} place={place} now={steps?.now} />
      )}
      {steps !== undefined && (steps.now !== undefined || steps.after.length > 0) && (
        <ol className="steps" data-testid="history-steps">
          {steps.before.map((each) => (
            <Step key={each.seq} step={each} />
          ))}
          {steps.now !== undefined && <Step step={steps.now} now />}
          {steps.after.map((each) => (
            <Step key={each.seq} step={each} />
          ))}
        </ol>
      )}
    </Section>
  );
}

/** The strip, better and better: where there are too many changes for one answer, the next one goes on. */
function useStrip(process: number, fromNs: number, toNs: number): StripResult | undefined {
  const session = useSession();
  const first = useAnswer('strip', { process, fromNs, toNs, bins: CELLS }, process).value;
  const [whole, setWhole] = useState<{ first: StripResult; strip: StripResult } | undefined>(undefined);
  useEffect(() => {
    if (first === undefined || first.beforeSeq === 0) return;
    let gone = false;
    const goOn = async (): Promise<void> => {
      let strip = first;
      const query = {
        process,
        fromNs: first.fromNs,
        toNs: Math.round(first.fromNs + first.binNs * CELLS),
        bins: CELLS,
      };
      for (let rounds = 0; strip.beforeSeq > 0 && rounds < MOST_ROUNDS; rounds++) {
        const more = await session.client.ask('strip', { ...query, beforeSeq: strip.beforeSeq });
        if (gone) return;
        const changes = strip.changes.map((n, i) => n + (more.changes[i] ?? 0));
        strip = {
          ...strip,
          changes,
          total: strip.total + more.total,
          exactFromNs: more.exactFromNs,
          beforeSeq: more.beforeSeq,
        };
        setWhole({ first, strip });
      }
    };
    goOn().catch((error: unknown) => {
      if (!gone) session.fail(error);
    });
    return () => {
      gone = true;
    };
  }, [session, process, first]);
  return whole?.first === first ? (whole?.strip ?? first) : first;
}

function Strip({
  panel,
  strip,
  place,
  now,
}: {
  panel: ProcessPanel;
  strip: StripResult | undefined;
  place: { fromNs: number; toNs: number };
  now: HistoryStep | undefined;
}): ReactNode {
  const session = useSession();
  const moment = useView((state) => state.moment);
  const [shade, setShade] = useState(0);
  /** Read once: asking for colours in each step would have all styles of the page settled within it. */
  const palette = useRef<Palette | undefined>(undefined);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [hover, setHover] = useState<number | undefined>(undefined);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      setWidth(Math.round(entry!.contentRect.width));
    });
    observer.observe(canvas.current!);
    return () => {
      observer.disconnect();
    };
  }, []);
  useEffect(
    () =>
      onTheme(() => {
        palette.current = undefined;
        setShade((before) => before + 1);
      }),
    [],
  );
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || !context || width === 0) return;
    const scale = devicePixelRatio;
    const [wide, high] = [Math.round(width * scale), Math.round(STRIP_HEIGHT * scale)];
    if (element.width !== wide) element.width = wide;
    if (element.height !== high) element.height = high;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const at = { ...place, width, momentNs: moment.ns, changeNs: now?.ns, hoverNs: hover };
    drawStrip(context, strip, at, (palette.current ??= readPalette(element)));
  }, [strip, place, width, moment, now, hover, shade]);

  const nsAt = (clientX: number): number => {
    const box = canvas.current!.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - box.left) / box.width));
    return Math.round(place.fromNs + share * (place.toNs - place.fromNs));
  };
  const { process } = panel;
  /** To the change that lies nearest to a time; where there is none, to the time. */
  const goTo = async (ns: number, which: 'nearest' | 'first' | 'last' = 'nearest'): Promise<void> => {
    try {
      const { now: before, after } = await session.client.ask('changes', { process, at: { ns }, before: 0, after: 1 });
      const next = after[0];
      const nearer = (): HistoryStep | undefined =>
        before !== undefined && (next === undefined || ns - before.ns <= next.ns - ns) ? before : next;
      const found = which === 'first' ? (next ?? before) : which === 'last' ? (before ?? next) : nearer();
      session.setMoment(found ?? { ns, seq: undefined });
      session.revealMoment();
    } catch (error) {
      session.fail(error);
    }
  };
  const step = (to: { seq: number; ns: number } | undefined): void => {
    if (to === undefined) {
      session.notice('No such change of the state');
      return;
    }
    session.setMoment(to);
    session.revealMoment();
  };
  const cell = hover === undefined || strip === undefined ? -1 : Math.floor((hover - strip.fromNs) / strip.binNs);
  const here = strip?.changes[cell] ?? 0;
  const exact = strip !== undefined && hover !== undefined && hover >= strip.exactFromNs;
  return (
    <div
      className="strip"
      role="slider"
      tabIndex={0}
      aria-label="History of the state: left and right go from change to change"
      aria-valuemin={place.fromNs}
      aria-valuemax={place.toNs}
      aria-valuenow={Math.min(place.toNs, Math.max(place.fromNs, Math.round(moment.ns)))}
      aria-valuetext={now === undefined ? momentText(moment.ns) : stepText(now)}
      data-testid="history-strip"
      data-total={strip?.total}
      data-exact={strip !== undefined && strip.exactFromNs <= strip.fromNs}
      title={
        hover === undefined
          ? undefined
          : `${momentText(hover)}${here > 0 ? `  ·  ${exact ? count(here) : 'some'} ${here === 1 && exact ? 'change' : 'changes'}` : ''}`
      }
      onPointerMove={(event) => {
        setHover(nsAt(event.clientX));
      }}
      onPointerLeave={() => {
        setHover(undefined);
      }}
      onClick={(event) => void goTo(nsAt(event.clientX))}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft' || event.key === 'ArrowDown') step(panel.previousChange);
        else if (event.key === 'ArrowRight' || event.key === 'ArrowUp') step(panel.nextChange);
        else if (event.key === 'Home') void goTo(place.fromNs, 'first');
        else if (event.key === 'End') void goTo(place.toNs, 'last');
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <canvas ref={canvas} style={{ height: `${String(STRIP_HEIGHT)}px` }} aria-hidden="true" />
      <span className="strip-ends num" aria-hidden="true">
        <span>{momentText(place.fromNs).replace(/0{3}s$/, 's')}</span>
        <span>{momentText(place.toNs).replace(/0{3}s$/, 's')}</span>
      </span>
    </div>
  );
}

function stepText(step: HistoryStep): string {
  const what = step.what === 'found' ? 'as found' : step.callback === undefined ? '' : shortFunction(step.callback);
  const change = step.path === undefined ? '' : `${step.path === '' ? 'state' : step.path}: ${difference(step)}`;
  return [momentText(step.ns), what, change].filter((each) => each !== '').join(', ');
}
const difference = (step: HistoryStep): string =>
  step.before === undefined
    ? `new ${step.after ?? ''}`
    : step.after === undefined
      ? `${step.before} removed`
      : `${step.before} → ${step.after}`;

function Step({ step, now = false }: { step: HistoryStep; now?: boolean }): ReactNode {
  const session = useSession();
  const what = step.what === 'found' ? 'as found' : step.callback === undefined ? 'set' : shortFunction(step.callback);
  return (
    <li>
      <button
        type="button"
        className={`step${now ? ' is-now' : ''}`}
        aria-current={now ? 'step' : undefined}
        data-seq={step.seq}
        title={`${stepText(step)}${step.message === undefined ? '' : `\n${step.message.text}`}${step.more > 0 ? `\nand ${String(step.more)} more (+${String(step.more)})` : ''}`}
        onClick={() => {
          session.setMoment(step);
          session.revealMoment();
        }}
      >
        <span className="step-mark" aria-hidden="true">
          {now ? '◆' : '◇'}
        </span>
        <span className="step-time num">{momentText(step.ns)}</span>
        <span className="step-what">{what}</span>
        {step.path === undefined ? (
          <span className="step-change faint">{step.message?.text ?? ''}</span>
        ) : (
          <span className="step-change">
            <span className="faint">{step.path === '' ? '' : `${step.path} `}</span>
            {step.before !== undefined && <s>{step.before}</s>}
            {step.before !== undefined && step.after !== undefined && ' → '}
            {step.after !== undefined && <ins>{step.after}</ins>}
            {step.more > 0 && <span className="faint">{` +${String(step.more)}`}</span>}
          </span>
        )}
      </button>
    </li>
  );
}
