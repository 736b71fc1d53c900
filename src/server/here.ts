/** Everything that the panels show of a moment, in one answer; and a step to the next moment before, so that a step is one question too. */
import { codeView } from './code-questions.js';
import { eventDetail, eventsPage } from './event-questions.js';
import type { HereLines, HereQuery, HereResult } from './here-protocol.js';
import { changes } from './process-history.js';
import { processPanel } from './process-panel.js';
import type { At, CodeView, EventView } from './protocol.js';
import { kindsOf, type Questions } from './questions.js';
import { lineValues } from './source-questions.js';

/** States that were written though nothing changed, after which no further one is looked at. */
const MAX_UNCHANGED = 200;
/** Lines of a source that come together. */
const BAND = 400;

export function here(questions: Questions, query: HereQuery): HereResult {
  const { process, step } = query;
  if (process > 0) questions.known(process);
  const stepped = step && find(questions, process, query.at, step);
  if (step !== undefined && stepped === undefined) return { stepped, view: undefined };
  const asked: At = stepped === undefined ? query.at : { seq: stepped.seq };
  const at = questions.moment(asked);
  const of = process > 0 ? { process, at: asked } : undefined;
  const code = of && codeView(questions, { ...of, frame: query.frame });
  return {
    stepped,
    view: {
      at: { seq: at.seq, ns: at.ns },
      panel: of && processPanel(questions, { ...of, base: query.base }),
      events: eventsPage(questions, {
        at: asked,
        processes: of && [process],
        before: query.each,
        after: query.each,
      }),
      code,
      changes: of && changes(questions, { ...of, before: query.changes, after: query.changes }),
      lines: code && query.lines && linesAt(questions, code, query.lines),
      detail: stepped && query.detail && eventDetail(questions, stepped.seq),
    },
  };
}

/** The event to step to. The one that we stand on is "before": stepping back goes to the one before it. */
function find(
  questions: Questions,
  process: number,
  from: At,
  { direction, kinds, changed }: NonNullable<HereQuery['step']>,
): EventView | undefined {
  const only = { processes: process > 0 ? [process] : undefined, kinds: kindsOf(kinds) };
  const sides = { before: direction === -1 ? 1 : 0, after: direction === 1 ? 1 : 0 };
  let at = from;
  for (let tries = 0; tries < MAX_UNCHANGED; tries++) {
    const stand: At = 'seq' in at && direction === -1 ? { seq: Math.max(0, at.seq - 1) } : at;
    const page = eventsPage(questions, { at: stand, ...only, ...sides });
    const event = direction === 1 ? page.after[0] : page.before.at(-1);
    if (event === undefined || changed !== true || event.notes.includes('changed')) return event;
    at = { seq: event.seq };
  }
  return undefined;
}

function linesAt(
  questions: Questions,
  code: CodeView,
  { module, from, to, follow }: NonNullable<HereQuery['lines']>,
): HereLines {
  const frame = code.frames.find((each) => each.seq === code.variables?.frame) ?? code.frames[0];
  const wanted = { module, from, to };
  if (follow && frame?.source === true && frame.module !== module) {
    const start = Math.floor(Math.max(0, (frame.line ?? 1) - 1) / BAND) * BAND;
    Object.assign(wanted, { module: frame.module, from: Math.max(0, start - BAND), to: start + 2 * BAND });
  }
  const { process, at } = code;
  const { lines } = lineValues(questions, { ...wanted, process, at: { seq: at.seq } });
  return { ...wanted, process, seq: at.seq, lines };
}
