/** All of a moment in one answer says the same as the questions one by one. */
import { describe, expect, it } from 'vitest';
import { codeRecording } from '../../test/support/code-recording.js';
import { shopRecording } from '../../test/support/shop-recording.js';
import type { HereQuery, HereResult } from './here-protocol.js';
import type { ChangesResult, EventsResult } from './protocol.js';
import { Questions } from './questions.js';
import { checkRequest } from './schemas.js';

const shop = shopRecording(60);
const questions = new Questions(shop.recording);
const code = codeRecording();
const codeQuestions = new Questions(code.recording);

function ask(of: Questions, method: string, params: unknown): unknown {
  const request = checkRequest(method, params);
  if (typeof request === 'string') throw new Error(request);
  return of.answer(request);
}
const here = (of: Questions, query: HereQuery): HereResult => ask(of, 'here', query) as HereResult;

describe('here', () => {
  it('tells what the single questions tell', () => {
    const { stock: process } = shop;
    for (const { state } of [shop.reservations[3]!, shop.reservations[40]!]) {
      const at = { seq: state };
      const base = { seq: shop.reservations[1]!.state };
      const { view } = here(questions, { at, process, base, each: 5, changes: 2 });
      const { changes: around, ...rest } = view!;
      // How much is told of each depends on the time there is.
      const seqs = ({ before, now, after }: ChangesResult): number[] => [...before, ...(now ? [now] : []), ...after].map((each) => each.seq); // prettier-ignore
      expect(seqs(around!)).toEqual(seqs(ask(questions, 'changes', { process, at, before: 2, after: 2 }) as ChangesResult)); // prettier-ignore
      expect(rest).toEqual({
        at: { seq: state, ns: shop.recording.momentOf(state).ns },
        panel: ask(questions, 'process', { process, at, base }),
        events: ask(questions, 'events', { at, processes: [process], before: 5, after: 5 }),
        code: ask(questions, 'code', { process, at }),
        lines: undefined,
        detail: undefined,
      });
    }
  });

  it('tells of no process what all do', () => {
    const at = { ns: shop.recording.end().ns / 2 };
    const { view } = here(questions, { at, process: 0, each: 4, changes: 2 });
    expect(view).toMatchObject({ panel: undefined, code: undefined, changes: undefined });
    expect(view?.events).toEqual(ask(questions, 'events', { at, before: 4, after: 4 }));
  });

  it('goes to the next and to the previous event of a kind first, and tells it in full', () => {
    const { stock: process } = shop;
    const [before, after] = [shop.reservations[10]!, shop.reservations[11]!];
    const step = (from: number, direction: 1 | -1): HereResult =>
      here(questions, { at: { seq: from }, process, each: 3, changes: 1, step: { direction, kinds: ['state'], changed: true }, detail: true }); // prettier-ignore
    const next = step(before.state, 1);
    expect(next.stepped?.seq).toBe(after.state);
    expect(next.view?.at.seq).toBe(after.state);
    expect(next.view?.panel?.state?.seq).toBe(after.state);
    expect(next.view?.detail).toEqual(ask(questions, 'event', { seq: after.state }));
    expect(step(after.state, -1).stepped?.seq).toBe(before.state);
    const { events } = here(questions, { at: { seq: before.state }, process, each: 3, changes: 1 }).view as { events: EventsResult }; // prettier-ignore
    const any = here(questions, { at: { seq: before.state }, process, each: 0, changes: 0, step: { direction: 1 } });
    expect(any.stepped).toEqual(events.after[0]);
    expect(any.view?.detail).toBeUndefined();
  });

  it('says that there is nothing to step to', () => {
    const at = { seq: shop.recording.end().seq };
    const step = { direction: 1 as const };
    expect(here(questions, { at, process: 0, each: 1, changes: 0, step })).toEqual({ stepped: undefined, view: undefined }); // prettier-ignore
  });

  it('tells the values beside the lines, and follows the frame into its module', () => {
    const { depot: process } = code;
    const at = { seq: code.takes[5]!.inside };
    const query = { at, process, each: 1, changes: 0 };
    const band = { from: 0, to: 800 };
    const open = here(codeQuestions, { ...query, lines: { module: 'Elixir.Depot', ...band, follow: true } }).view!
      .lines;
    expect(open).toMatchObject({ module: 'Elixir.Depot', process, seq: at.seq, ...band });
    expect({ lines: open?.lines }).toEqual(ask(codeQuestions, 'lineValues', { module: 'Elixir.Depot', process, at, ...band })); // prettier-ignore
    expect(open?.lines.length).toBeGreaterThan(0);
    const other = { module: 'Elixir.Elsewhere', from: 400, to: 800 };
    expect(here(codeQuestions, { ...query, lines: { ...other, follow: false } }).view!.lines).toEqual({ ...other, process, seq: at.seq, lines: [] }); // prettier-ignore
    expect(here(codeQuestions, { ...query, lines: { ...other, follow: true } }).view!.lines).toEqual(open);
  });

  it('refuses what is no question', () => {
    const good = { at: { seq: 1 }, process: 1, each: 1, changes: 1 };
    expect(() => here(questions, { ...good, process: 9_999 })).toThrow('there is no process 9999');
    expect(() => here(questions, { ...good, each: 100_000 })).toThrow('each');
    expect(() => here(questions, { ...good, step: { direction: 2 as 1 } })).toThrow('step.direction');
    expect(() => here(questions, { ...good, step: { direction: 1, kinds: ['nothing'] } })).toThrow('no kind of event');
  });
});
