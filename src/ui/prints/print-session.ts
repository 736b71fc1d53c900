/** What a person can do with prints, and what came of them: asked for a stretch at a time, as far as somebody looks. */
import type { PrintHit } from '../../server/index.js';
import { AskError } from '../net/client.js';
import type { Session } from '../state/session.js';
import { MAX_PRINTS, wishKey, type PrintWish } from './wish.js';

/** So many hits are kept of each; more are asked for by hand. */
export const MAX_HITS = 5_000;
const PAGE = 500;

export interface Printed {
  hits: readonly PrintHit[];
  looked: number;
  unknown: number;
  seq: number;
  done: boolean;
  /** Stopped before the end, as there are so many. */
  full: boolean;
  error: { message: string; at: number; length: number } | undefined;
}

const EMPTY: Printed = { hits: [], looked: 0, unknown: 0, seq: 0, done: false, full: false, error: undefined };

export class PrintSession {
  private readonly results = new Map<string, Printed>();
  private readonly running = new Set<string>();
  private readonly listeners = new Set<() => void>();
  private version = 0;

  constructor(private readonly session: Session) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly getVersion = (): number => this.version;

  of(wish: PrintWish): Printed | undefined {
    return this.results.get(wishKey(wish));
  }

  /** Opens a field under a line: the one asked for, the one looked at, or where the chosen frame stands. */
  start(line?: number): void {
    const { session } = this;
    if (session.state.source === undefined) session.code.toggle();
    const { source, prints } = session.state;
    const frame = session.code.frame();
    const module = source?.module ?? frame?.module;
    const at = line ?? (source !== undefined && source.line > 0 ? source.line : frame?.line);
    if (module === undefined || at === undefined || at === 0) {
      const lines = session.state.info?.kinds['line'] !== undefined;
      session.notice(lines ? 'Choose a line of a source first' : 'No function was recorded line by line: there is nothing to print'); // prettier-ignore
      return;
    }
    const there = prints.findIndex((each) => each.module === module && each.line === at && each.expression === '');
    if (there >= 0) session.store.set({ print: there });
    else if (prints.length >= MAX_PRINTS)
      session.notice(`There are ${String(MAX_PRINTS)} prints already: close one first`);
    else {
      const wish: PrintWish = { module, line: at, expression: '', only: false, process: 0 };
      session.store.set({ prints: [...prints, wish], print: prints.length });
    }
  }

  change(index: number, change: Partial<PrintWish>): void {
    const { prints } = this.session.state;
    const wish = prints[index];
    if (wish === undefined) return;
    this.session.store.set({ prints: prints.with(index, { ...wish, ...change }), print: index });
    this.forget();
  }

  close(index: number): void {
    const { prints, print } = this.session.state;
    const left = prints.toSpliced(index, 1);
    this.session.store.set({ prints: left, print: Math.min(print > index ? print - 1 : print, left.length - 1) });
    this.forget();
  }

  choose(index: number): void {
    this.session.store.set({ print: index });
  }

  /** To an execution, as by a click on its value. */
  go(hit: Pick<PrintHit, 'seq' | 'ns' | 'process'> | undefined): void {
    if (hit === undefined) {
      this.session.notice('No such execution');
      return;
    }
    this.session.store.set({ frame: 0 });
    this.session.jump(hit, { detail: false });
  }

  /** Sees to it that the hits come, and goes on where a live recording has grown. */
  need(wish: PrintWish): void {
    const key = wishKey(wish);
    const known = this.results.get(key);
    if (wish.expression.trim() === '' || this.running.has(key) || known?.full === true || known?.error !== undefined)
      return;
    if (known?.done === true && known.seq >= (this.session.state.info?.end.seq ?? 0)) return;
    this.running.add(key);
    void this.fetch(wish, key, MAX_HITS).finally(() => this.running.delete(key));
  }

  more(wish: PrintWish): void {
    const key = wishKey(wish);
    const known = this.results.get(key);
    if (known === undefined || this.running.has(key)) return;
    this.running.add(key);
    void this.fetch(wish, key, known.hits.length + MAX_HITS).finally(() => this.running.delete(key));
  }

  private async fetch(wish: PrintWish, key: string, most: number): Promise<void> {
    const { module, line, expression, only, process } = wish;
    let known = { ...(this.results.get(key) ?? EMPTY), full: false };
    try {
      for (;;) {
        const answer = await this.session.client.ask('printAfter', {
          module,
          line,
          expression,
          from: known.seq,
          limit: PAGE,
          ...(only ? { only } : {}),
          ...(process > 0 ? { process } : {}),
        });
        // Nobody asks for it any longer.
        if (!this.session.state.prints.some((each) => wishKey(each) === key)) return;
        known = {
          hits: answer.hits.length === 0 ? known.hits : [...known.hits, ...answer.hits],
          looked: known.looked + answer.looked,
          unknown: known.unknown + answer.unknown,
          seq: answer.seq,
          done: answer.done,
          full: !answer.done && known.hits.length + answer.hits.length >= most,
          error: answer.error,
        };
        this.results.set(key, known);
        this.changed();
        if (known.done || known.full) return;
      }
    } catch (error) {
      if (error instanceof AskError && error.code === 'lost') return;
      const message = error instanceof Error ? error.message : String(error);
      this.results.set(key, { ...known, done: true, error: { message, at: 0, length: 0 } });
      this.changed();
    }
  }

  /** What is no longer listed is not kept. */
  private forget(): void {
    const wanted = new Set(this.session.state.prints.map(wishKey));
    for (const key of this.results.keys()) if (!wanted.has(key)) this.results.delete(key);
    this.changed();
  }

  private changed(): void {
    this.version++;
    for (const listener of this.listeners) listener();
  }
}
