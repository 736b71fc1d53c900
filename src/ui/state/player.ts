/**
 * Moving the moment: step by step, from crash to crash, or by itself at a speed. A step is an event, a message, a change of the state, a
 * callback or a line; of the selected process, or of all.
 */
import type { CrashView } from '../../server/index.js';
import { FAMILIES, kindsOf } from '../model/families.js';
import { STEP_UNITS, type StepUnit } from './view-state.js';
import type { Session } from './session.js';

/** Times real time. */
export const SPEEDS: readonly number[] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
export const speedText = (speed: number): string =>
  speed >= 1 ? `${String(speed)}×` : `1/${String(Math.round(1 / speed))}`;

export const UNIT_LABEL: Record<StepUnit, string> = {
  event: 'event',
  message: 'message',
  change: 'state change',
  callback: 'callback',
  line: 'line',
};
const UNIT_KINDS: Record<Exclude<StepUnit, 'event'>, readonly string[]> = {
  message: ['send', 'arrive'],
  change: ['state'],
  callback: ['handle'],
  line: ['line'],
};

export class Player {
  private frame = 0;
  private last = 0;
  /** A step is under way: further ones of a held key are left out rather than queued. */
  private stepping = false;

  constructor(private readonly session: Session) {
    session.store.subscribe(() => {
      if (session.state.playing && this.frame === 0) {
        this.last = performance.now();
        this.frame = requestAnimationFrame(this.run);
      }
    });
  }

  toggle(): void {
    const { playing, moment, info, backwards } = this.session.state;
    const atEnd = info !== undefined && (backwards ? moment.ns <= 0 : moment.ns >= info.end.ns && !info.live);
    if (!playing && atEnd) {
      this.session.notice(backwards ? 'At the beginning' : 'At the end');
      return;
    }
    this.session.store.set({ playing: !playing });
  }

  faster(by: 1 | -1): void {
    const at = SPEEDS.indexOf(this.session.state.speed) + by;
    const speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at))]!;
    this.session.store.set({ speed });
    this.session.notice(`Speed ${speedText(speed)}`);
  }

  nextUnit(): void {
    const unit = STEP_UNITS[(STEP_UNITS.indexOf(this.session.state.unit) + 1) % STEP_UNITS.length]!;
    this.session.store.set({ unit });
    this.session.notice(`Steps go from ${UNIT_LABEL[unit]} to ${UNIT_LABEL[unit]}`);
  }

  /** The next (1) or previous (-1) of a unit, that of the player unless told. */
  async step(direction: 1 | -1, unit: StepUnit = this.session.state.unit): Promise<void> {
    if (this.stepping) return;
    this.stepping = true;
    const { session } = this;
    const { hidden } = session.state;
    const families = FAMILIES.filter((each) => !hidden.has(each));
    const kinds = unit !== 'event' ? [...UNIT_KINDS[unit]] : hidden.size > 0 ? kindsOf(families) : undefined;
    try {
      const found =
        kinds?.length === 0
          ? undefined
          : await session.here.step(
              {
                direction,
                ...(kinds === undefined ? {} : { kinds }),
                ...(unit === 'change' ? { changed: true } : {}),
              },
              // What a line bound stands in the variables: its details would only take their place.
              { detail: unit !== 'line' },
            );
      if (found === undefined)
        session.notice(`No ${direction === 1 ? 'later' : 'earlier'} ${UNIT_LABEL[unit]}${this.whose()}`);
    } catch (error) {
      session.fail(error);
    } finally {
      this.stepping = false;
    }
  }

  /** To the next or previous crash, of any process. */
  crash(direction: 1 | -1): void {
    const { session } = this;
    const { moment } = session.state;
    const here = (each: CrashView): number => (moment.seq === undefined ? each.ns - moment.ns : each.seq - moment.seq);
    const ahead = session.crashes.filter((each) => here(each) * direction > 0);
    const nearest = ahead.reduce<CrashView | undefined>(
      (best, each) => (best === undefined || Math.abs(here(each)) < Math.abs(here(best)) ? each : best),
      undefined,
    );
    if (nearest === undefined) session.notice(`No ${direction === 1 ? 'later' : 'earlier'} crash`);
    else session.jump(nearest);
  }

  /** The film runs the other way from now on. */
  turn(): void {
    const backwards = !this.session.state.backwards;
    this.session.store.set({ backwards, playing: true });
    this.session.notice(`Plays ${backwards ? 'backwards' : 'forwards'}`);
  }

  /** To the next or previous event that holds the text searched for last. */
  async match(direction: 1 | -1): Promise<void> {
    if (this.stepping) return;
    const { session } = this;
    const { match: text } = session.state;
    if (text === '') {
      session.notice('Nothing was searched for yet: / finds a text in all events');
      return;
    }
    this.stepping = true;
    try {
      const { seq: here } = await session.client
        .ask('events', { at: session.at(), before: 0, after: 0 })
        .then(({ at }) => at);
      // The moment is after its event: what we stand on is not looked at again.
      let from = direction === 1 ? here : Math.max(0, here - 1);
      for (;;) {
        const page = await session.client.ask(
          'search',
          { text, from, limit: 1, ...(direction === -1 ? { reverse: true } : {}) },
          'match',
        );
        const [found] = page.matches;
        if (found !== undefined) {
          session.jump(found);
          return;
        }
        if (page.done || page.seq === from || session.state.match !== text) break;
        from = page.seq;
        session.notice(`Looking for “${text}”: at #${String(from)}`);
      }
      session.notice(`No ${direction === 1 ? 'later' : 'earlier'} “${text}”`);
    } catch (error) {
      session.fail(error);
    } finally {
      this.stepping = false;
    }
  }

  private whose(): string {
    const { selected } = this.session.state;
    return selected === 0 ? '' : ` of ${this.session.name(selected)}`;
  }

  private readonly run = (now: number): void => {
    const { session } = this;
    const { playing, moment, info, speed, backwards } = session.state;
    if (!playing || info === undefined) {
      this.frame = 0;
      return;
    }
    const ns = Math.max(0, moment.ns + Math.max(0, now - this.last) * 1e6 * (backwards ? -speed : speed));
    this.last = now;
    // Before the state changes: else whoever listens would start a second film.
    this.frame = requestAnimationFrame(this.run);
    session.travel.play(ns);
    if (backwards ? ns <= 0 : ns >= info.end.ns) session.store.set({ playing: false });
  };
}
