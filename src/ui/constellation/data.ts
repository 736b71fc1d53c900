/** What the constellation asks the server: links once, the window when it changes, the moment as it moves. One question of each at a time. */
import type { Session } from '../state/session.js';
import { noMeasures, type Measures } from './heat.js';
import type { Traffic } from './picture.js';

/** Turns of looking at a long window; what is known then is a sample, and said to be one. */
const MOST_TURNS = 60;
/** Stretches of a recording in which links are looked for, whatever its length. */
const MOST_STRETCHES = 128;
const MOST_LINKS = 20_000;
const BREATH_MS = 120;

export class SystemData {
  measures: Measures = noMeasures(0);
  traffic: Traffic = { from: new Uint32Array(0), to: new Uint32Array(0), count: new Float64Array(0) };
  /** Pairs of processes. */
  links = new Int32Array(0);
  linksDone = false;
  running: 'scheduled' | 'callbacks' = 'callbacks';
  memory: 'process' | 'state' = 'state';
  sampled: number | undefined;
  pairsLeftOut = 0;
  /** The window that the numbers are of. */
  window: { fromNs: number; toNs: number } | undefined;
  private wantedWindow = '';
  private windowBusy = false;
  private momentBusy = false;
  private momentOf = -1;
  private closed = false;

  constructor(
    private readonly session: Session,
    private readonly changed: (what: 'links' | 'window' | 'moment') => void,
  ) {}

  close(): void {
    this.closed = true;
  }

  private inView(): { fromNs: number; toNs: number } {
    const { window, info } = this.session.state;
    const end = info?.end.ns ?? 0;
    const fromNs = Math.max(0, Math.floor(Math.min(window.fromNs, end)));
    return { fromNs, toNs: Math.max(fromNs, Math.min(Math.ceil(window.toNs), end)) };
  }

  /** True when the numbers are of the window in view, as far as they will ever be known. */
  get settled(): boolean {
    return !this.windowBusy && this.window !== undefined;
  }

  refreshWindow(): void {
    const { fromNs, toNs } = this.inView();
    const wanted = `${String(fromNs)}-${String(toNs)}`;
    if (wanted === this.wantedWindow) return;
    this.wantedWindow = wanted;
    if (!this.windowBusy) void this.fetchWindow();
  }

  private async fetchWindow(): Promise<void> {
    this.windowBusy = true;
    try {
      for (let asked = '', turns = 0; !this.closed; turns++) {
        if (asked !== this.wantedWindow) turns = 0;
        asked = this.wantedWindow;
        const window = this.inView();
        const answer = await this.session.client.askColumns('systemWindow', window, 'system-window');
        if (asked !== this.wantedWindow) continue;
        const { meta } = answer;
        this.prepare();
        const { measures } = this;
        measures.windowNs = Math.max(1, meta.toNs - meta.fromNs);
        const scale = meta.looked === 0 ? 1 : meta.total / meta.looked;
        for (const column of [measures.messages, measures.errors, measures.cpu]) column.fill(0);
        measures.reductions.fill(-1);
        for (let i = 0; i < answer.process.length; i++) {
          const id = answer.process[i]!;
          if (id >= measures.messages.length) continue;
          measures.messages[id] = answer.messages[i]! * scale;
          measures.errors[id] = answer.errors[i]! * scale;
          measures.cpu[id] = answer.runningNs[i]! * scale;
          measures.reductions[id] = answer.reductions[i]!;
        }
        this.traffic = { from: answer.from, to: answer.to, count: answer.count };
        this.running = meta.running;
        this.pairsLeftOut = meta.pairs - answer.from.length;
        this.sampled = meta.complete ? undefined : meta.looked / meta.total;
        this.window = window;
        const last = meta.complete || turns >= MOST_TURNS;
        if (last) this.windowBusy = false;
        this.changed('window');
        if (last) return;
      }
    } catch (error) {
      this.wantedWindow = '';
      this.session.fail(error);
    } finally {
      this.windowBusy = false;
    }
  }

  refreshMoment(): void {
    const { moment } = this.session.state;
    const at = moment.seq ?? moment.ns + 0.5;
    if (this.momentBusy || at === this.momentOf) return;
    this.momentOf = at;
    void this.fetchMoment();
  }

  private async fetchMoment(): Promise<void> {
    this.momentBusy = true;
    try {
      const answer = await this.session.client.askColumns('systemMoment', { at: this.session.at() }, 'system-moment');
      this.prepare();
      const { measures } = this;
      measures.memory.fill(-1);
      measures.mailbox.fill(-1);
      for (let i = 0; i < answer.process.length; i++) {
        const id = answer.process[i]!;
        if (id >= measures.memory.length) continue;
        measures.memory[id] = answer.memory[i]!;
        measures.mailbox[id] = answer.mailbox[i]!;
      }
      this.memory = answer.meta.memory;
    } catch (error) {
      this.session.fail(error);
    }
    if (this.closed) return;
    this.changed('moment');
    // While a film runs the numbers follow at a distance: drawing comes first.
    if (this.session.state.playing) await new Promise((resolve) => setTimeout(resolve, BREATH_MS));
    this.momentBusy = false;
    this.refreshMoment();
  }

  async fetchLinks(): Promise<void> {
    const from: number[] = [];
    const told = new Set<number>();
    try {
      for (let seq = 0, looked = 0; !this.closed && looked < MOST_STRETCHES && from.length < 2 * MOST_LINKS;) {
        const answer = await this.session.client.askColumns('systemLinks', { seq, most: MOST_STRETCHES - looked });
        for (let i = 0; i < answer.from.length; i++) {
          const key = answer.from[i]! * 2 ** 26 + answer.to[i]!;
          if (told.has(key)) continue;
          told.add(key);
          from.push(answer.from[i]!, answer.to[i]!);
        }
        seq = answer.meta.seq;
        looked += answer.meta.looked;
        if (answer.meta.done) break;
      }
    } catch (error) {
      this.session.fail(error);
    }
    this.links = Int32Array.from(from);
    this.linksDone = true;
    if (!this.closed) this.changed('links');
  }

  /** Room for all processes there are. */
  private prepare(): void {
    const n = this.session.processes.length;
    if (this.measures.messages.length === n + 1) return;
    const old = this.measures;
    this.measures = noMeasures(n);
    this.measures.windowNs = old.windowNs;
    for (const column of ['messages', 'errors', 'cpu', 'reductions', 'memory', 'mailbox'] as const)
      this.measures[column].set(old[column].subarray(0, n + 1));
  }

  /** The numbers, with room for this many processes. */
  for(processes: number): Measures {
    if (this.measures.messages.length <= processes) this.prepare();
    return this.measures;
  }
}
