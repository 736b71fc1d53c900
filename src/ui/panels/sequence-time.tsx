/** Messages where their time is in the window: steep arrows took long. The window is that of the timeline: wheel and drag move both. */
import { useRef, type PointerEvent, type ReactNode } from 'react';
import { answering, isFree, type LabelBox, layByTime } from '../model/sequence-layout.js';
import { momentText, tickStep, tickText } from '../model/time.js';
import { useSession, useView } from './context.js';
import { SequenceHeads } from './sequence-heads.js';
import { Payload } from './sequence-payload.js';
import { latency, NAMES, TIME, tookText, type ChartProps } from './sequence-rows.js';

const HEAD = 30;
const SELF = 26;
/** Of the mono font, in pixels. */
const LETTER = 6.8;

export function SequenceTime({ result, width, height, open, setOpen }: ChartProps): ReactNode {
  const session = useSession();
  const window = useView((state) => state.window);
  const moment = useView((state) => state.moment.ns);
  const event = useView((state) => state.event);
  const drag = useRef<{ y: number; fromNs: number; toNs: number } | undefined>(undefined);
  const { participants } = result;
  const step = Math.max(110, (width - TIME - 24) / participants.length);
  const total = TIME + step * participants.length;
  const x = (process: number): number => TIME + step * (participants.indexOf(process) + 0.5);
  const tall = Math.max(80, height - HEAD - 2);
  const span = window.toNs - window.fromNs;
  const y = (ns: number): number => ((ns - window.fromNs) / span) * tall;
  const messages = layByTime(result.messages, window, tall);
  const ticks: number[] = [];
  const every = tickStep(span / tall, 48);
  for (let i = Math.ceil(Math.max(0, window.fromNs) / every); i * every <= window.toNs; i++) ticks.push(i * every);
  const placed: LabelBox[] = [];
  const opened = result.messages.find((each) => each.seq === open);
  const release = (): void => {
    drag.current = undefined;
  };
  return (
    <div
      className="sequence-body is-time"
      tabIndex={0}
      style={{ height: `${String(height)}px` }}
      data-testid="sequence-time"
      onWheel={(wheel) => {
        if (wheel.shiftKey) return;
        const box = wheel.currentTarget.getBoundingClientRect();
        const around = window.fromNs + ((wheel.clientY - box.top - HEAD) / tall) * span;
        session.zoom(Math.exp(Math.max(-240, Math.min(240, wheel.deltaY)) * 0.0022), around);
      }}
    >
      <SequenceHeads participants={participants} x={x} step={step} width={total} />
      <svg
        className="sequence-chart"
        width={total}
        height={tall}
        role="group"
        aria-label={`${String(messages.length)} messages from ${momentText(window.fromNs)} to ${momentText(window.toNs)}`}
        onPointerDown={(press: PointerEvent<SVGSVGElement>) => {
          if (press.target instanceof Element && press.target.closest('.sequence-timed') !== null) return;
          press.currentTarget.setPointerCapture(press.pointerId);
          drag.current = { y: press.clientY, ...window };
        }}
        onPointerMove={(move) => {
          const { current } = drag;
          if (current === undefined) return;
          const by = ((current.y - move.clientY) / tall) * (current.toNs - current.fromNs);
          session.setWindow(current.fromNs + by, current.toNs + by);
        }}
        onPointerUp={release}
        onPointerCancel={release}
      >
        {ticks.map((ns) => (
          <g key={ns}>
            <line className="sequence-tick" x1={0} x2={total} y1={y(ns)} y2={y(ns)} />
            <text className="sequence-tick-text" x={12} y={Math.max(10, y(ns) - 3)}>
              {tickText(ns, every)}
            </text>
          </g>
        ))}
        {participants.map((process) => (
          <line key={process} className="sequence-line" x1={x(process)} x2={x(process)} y1={0} y2={tall} />
        ))}
        {answering(
          result.messages,
          (each, at) => y(at === 'call' && each.arriveNs >= 0 ? each.arriveNs : each.ns),
          tall,
        ).map((each) => (
          <rect
            key={each.call}
            className="sequence-bar"
            x={x(each.process) - 3}
            width={6}
            y={each.from}
            height={Math.max(1, each.to - each.from)}
          />
        ))}
        {messages.map(({ message, y: from, arriveY, labelled }) => {
          const x0 = x(message.from);
          const x1 = x(message.to);
          const self = x0 === x1;
          const end = self ? Math.max(arriveY, from + 8) : arriveY;
          const path = self
            ? `M ${String(x0)} ${String(from)} h ${String(SELF)} V ${String(end)} H ${String(x0)}`
            : `M ${String(x0)} ${String(from)} L ${String(x1)} ${String(end)}`;
          const right = x1 > x0 || self;
          const room = self ? step - SELF - 16 : Math.abs(x1 - x0) - 20;
          const letters = Math.max(0, Math.floor(room / LETTER));
          const took = latency(message);
          const label = `${message.text.text}${took === '' ? '' : `  ${took}`}`;
          const shown =
            label.length > letters
              ? `${message.text.text.slice(0, Math.max(1, letters - took.length - 3))}…  ${took}`
              : label;
          // What would lie on another is left to its tooltip.
          const labelX = self ? x0 + SELF + 4 : x0 + (right ? 8 : -8);
          const wide = shown.length * LETTER;
          const box = { left: right ? labelX : labelX - wide, right: right ? labelX + wide : labelX, y: from };
          const labels = labelled && letters > 5 && isFree(box, placed);
          if (labels) placed.push(box);
          return (
            <g
              key={message.seq}
              className={`sequence-timed is-${message.kind}${message.seq === event ? ' is-chosen' : ''}${message.pair > 0 && message.pair === event ? ' is-paired' : ''}${message.arriveNs < 0 ? ' is-lost' : ''}${message.ns > moment ? ' is-later' : ''}`}
              role="button"
              tabIndex={labelled ? 0 : -1}
              aria-label={`${NAMES[message.kind]} from ${session.name(message.from)} to ${session.name(message.to)}: ${message.text.text}, ${tookText(message)}`}
              data-testid="sequence-timed"
              data-seq={message.seq}
              onClick={() => {
                session.jump({ seq: message.seq, ns: message.ns, process: message.from }, { keepProcess: true });
              }}
              onDoubleClick={() => {
                setOpen(message.seq === open ? 0 : message.seq);
              }}
              onKeyDown={(key) => {
                if (key.key !== 'Enter' && key.key !== ' ') return;
                if (key.key === 'Enter')
                  session.jump({ seq: message.seq, ns: message.ns, process: message.from }, { keepProcess: true });
                else setOpen(message.seq === open ? 0 : message.seq);
                key.preventDefault();
                key.stopPropagation();
              }}
            >
              <title>{`${NAMES[message.kind]} from ${session.name(message.from)} to ${session.name(message.to)}\n${message.text.text}\n${momentText(message.ns)}, ${tookText(message)}\nClick: go there. Double click: its value`}</title>
              <path className="sequence-hit" d={path} />
              <path className="sequence-path" d={path} />
              <path
                className="sequence-tip"
                d={`M ${String(x1)} ${String(end)} l ${String(right && !self ? -7 : 7)} -3.5 v 7 z`}
              />
              {labels && (
                <text
                  className="sequence-label"
                  x={labelX}
                  y={from + (self ? 10 : -3)}
                  textAnchor={right ? 'start' : 'end'}
                >
                  {shown}
                </text>
              )}
            </g>
          );
        })}
        <line className="sequence-moment" x1={0} x2={total} y1={y(moment)} y2={y(moment)} />
      </svg>
      {opened !== undefined && (
        <div className="sequence-floating">
          <button
            type="button"
            className="icon-button"
            aria-label="Fold its value"
            onClick={() => {
              setOpen(0);
            }}
          >
            ✕
          </button>
          <p className="faint">
            {`${NAMES[opened.kind]} from ${session.name(opened.from)} to ${session.name(opened.to)}, ${tookText(opened)}`}
          </p>
          <Payload seq={open} />
        </div>
      )}
    </div>
  );
}
