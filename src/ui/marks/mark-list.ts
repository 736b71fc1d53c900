/** Bookmarks and notes: fetched, made, changed, removed; with the recording, or in this browser where the recording cannot keep them. */
import type { MarkColourName, MarkView } from '../../server/index.js';
import type { Session } from '../state/session.js';
import { OwnMarks } from './own-marks.js';

/** What the dialog is about. */
export interface MarkDraft {
  /** Undefined: a new one. */
  id: string | undefined;
  name: string;
  colour: MarkColourName;
  text: string;
  seq: number | undefined;
  ns: number;
  process: number;
  path: string;
}

export class MarkList {
  /** By moment. */
  list: readonly MarkView[] = [];
  /** Why the recording does not keep them; undefined: it does. */
  readOnly: string | undefined;
  /** Why those of the recording cannot be shown. */
  problem: string | undefined;
  private own: OwnMarks | undefined;
  private version = 0;
  private wanted = 0;
  private busy = false;
  private awaited = '';
  private removed: MarkView | undefined;
  private lastColour: MarkColourName = 'blue';

  constructor(private readonly session: Session) {}

  /** The server has other marks than we know. */
  tick(version: number): void {
    this.wanted = version;
    if (version !== this.version) void this.fetch();
  }

  async fetch(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      do {
        const marks: MarkView[] = [];
        let page;
        do {
          page = await this.session.client.ask('bookmarks', { from: marks.length });
          marks.push(...page.marks);
        } while (page.marks.length > 0 && marks.length < page.total);
        this.version = page.version;
        this.problem = page.problem;
        this.readOnly = page.readOnly;
        const { info } = this.session.state;
        this.own = page.readOnly === undefined || info === undefined ? undefined : new OwnMarks(info);
        this.set([...marks, ...(this.own?.read() ?? [])]);
      } while (this.wanted > this.version);
      this.openAwaited();
    } catch (error) {
      this.session.fail(error);
    } finally {
      this.busy = false;
    }
  }

  find(id: string): MarkView | undefined {
    return this.list.find((each) => each.id === id);
  }

  /** Whether it lies in this browser rather than with the recording. */
  isOwn(id: string): boolean {
    return this.own?.read().some((each) => each.id === id) === true;
  }

  /** Opens the dialog: for the moment, the selected process, or a value of its state. */
  begin(on: { process?: number; labels?: string[] } = {}): void {
    const { session } = this;
    const { moment, panel, answered } = session.state;
    // The exact moment where it is known: many events may share one time.
    const seq = moment.seq ?? (answered === moment ? panel?.at.seq : undefined);
    const draft: MarkDraft = {
      id: undefined,
      name: '',
      colour: this.lastColour,
      text: '',
      seq,
      ns: moment.ns,
      process: on.process ?? 0,
      path: '',
    };
    if (on.labels === undefined || on.process === undefined) {
      session.store.set({ markDraft: draft, playing: false });
      return;
    }
    session.client.ask('valueAt', { process: on.process, at: session.at(), labels: on.labels }).then(
      ({ found }) => {
        if (found === undefined) session.notice('There is no such value at this moment');
        else session.store.set({ markDraft: { ...draft, path: found.path }, playing: false });
      },
      (error: unknown) => {
        session.fail(error);
      },
    );
  }

  async edit(id: string): Promise<void> {
    const mark = this.find(id);
    if (mark === undefined) return;
    try {
      const { text } = mark.cut === true ? await this.session.client.ask('note', { id }) : mark;
      const { name, colour, seq, ns, process, path } = mark;
      this.session.store.set({ markDraft: { id, name, colour, text, seq, ns, process, path } });
    } catch (error) {
      this.session.fail(error);
    }
  }

  async save(draft: MarkDraft): Promise<void> {
    const { session } = this;
    const { id, name, colour, text, process, path } = draft;
    this.lastColour = colour;
    try {
      if (this.own !== undefined) await this.saveOwn(draft, this.own);
      else {
        const at = draft.seq === undefined ? { ns: Math.floor(draft.ns) } : { seq: draft.seq };
        const { mark } = await session.client.ask('mark', {
          ...(id === undefined ? {} : { id }),
          name,
          colour,
          text,
          at,
          ...(process > 0 ? { process, path } : {}),
        });
        this.set([...this.list.filter((each) => each.id !== mark.id), mark]);
        session.store.set({ mark: mark.id });
      }
      session.store.set({ markDraft: undefined });
      session.notice(
        `${id === undefined ? 'Marked' : 'Changed'} “${name}”${this.own === undefined ? '' : ', in this browser only'}`,
      );
    } catch (error) {
      session.fail(error);
    }
  }

  private async saveOwn(draft: MarkDraft, own: OwnMarks): Promise<void> {
    const { id, seq, ...rest } = draft;
    const moment =
      seq === undefined
        ? await this.session.client.ask('moment', { text: `${String(Math.floor(draft.ns))}ns` })
        : { seq, ns: draft.ns };
    const kept = own.read();
    const madeMs = kept.find((each) => each.id === id)?.madeMs ?? Date.now();
    const mark: MarkView = { ...rest, ...moment, madeMs, id: id ?? crypto.randomUUID() };
    own.write([...kept.filter((each) => each.id !== mark.id), mark]);
    this.set([...this.list.filter((each) => each.id !== mark.id), mark]);
    this.session.store.set({ mark: mark.id });
  }

  async remove(id: string): Promise<void> {
    const { session } = this;
    const mark = this.find(id);
    if (mark === undefined) return;
    try {
      if (this.isOwn(id)) {
        this.own!.write(this.own!.read().filter((each) => each.id !== id));
        this.removed = mark;
      } else {
        const { text } = await session.client.ask('unmark', { id });
        this.removed = { ...mark, text };
      }
      this.set(this.list.filter((each) => each.id !== id));
      if (session.state.mark === id) session.store.set({ mark: '' });
    } catch (error) {
      session.fail(error);
    }
  }

  /** The one that was removed last, and could come back. */
  get undoable(): MarkView | undefined {
    return this.removed;
  }

  async undo(): Promise<void> {
    const { removed } = this;
    if (removed === undefined) return;
    this.removed = undefined;
    await this.save(removed);
  }

  /** To a mark: its moment, its process, its value. */
  go(mark: MarkView): void {
    const { session } = this;
    const { seq, ns, process, path } = mark;
    session.jump({ seq, ns, process }, { detail: false });
    session.store.set({ mark: mark.id, markedValue: undefined });
    if (path === '') return;
    session.client.ask('valueAt', { process, at: { seq }, path }).then(
      ({ found }) => {
        if (session.state.mark !== mark.id) return;
        if (found === undefined) session.notice(`There is no ${path} at this moment`);
        else session.store.set({ markedValue: { process, labels: found.labels } });
      },
      (error: unknown) => {
        session.fail(error);
      },
    );
  }

  /** The next (1) or previous (-1) one from the moment on. */
  step(direction: 1 | -1): void {
    const { session } = this;
    const { moment, mark } = session.state;
    const here = this.list.findIndex((each) => each.id === mark);
    const current = this.list[here];
    const standing = current !== undefined && current.ns === moment.ns;
    const away = (each: MarkView): number => (moment.seq === undefined ? each.ns - moment.ns : each.seq - moment.seq);
    const next = standing
      ? this.list[here + direction]
      : direction === 1
        ? this.list.find((each) => away(each) > 0)
        : this.list.findLast((each) => away(each) < 0);
    if (next !== undefined) this.go(next);
    else
      session.notice(
        this.list.length === 0
          ? 'No bookmarks yet: k makes one'
          : `No ${direction === 1 ? 'later' : 'earlier'} bookmark`,
      );
  }

  /** As a `marks.json` that a recording can have. */
  asJson(): string {
    return JSON.stringify({ version: 1, marks: this.list.map(({ cut: _, ...mark }) => mark) }, undefined, 2);
  }

  linkTo(mark: MarkView): string {
    return `${location.origin}${location.pathname}#mark=${mark.id}`;
  }

  /** A link may name a mark instead of a moment. */
  arrive(id: string): void {
    this.awaited = id;
    this.openAwaited();
  }

  private openAwaited(): void {
    const found = this.find(this.awaited);
    if (found === undefined) return;
    this.awaited = '';
    this.go(found);
  }

  private set(marks: readonly MarkView[]): void {
    this.list = [...marks].sort((a, b) => a.seq - b.seq || a.ns - b.ns || a.madeMs - b.madeMs);
    this.session.store.set({ marksVersion: this.session.state.marksVersion + 1 });
  }
}
