/** How the lanes are put together: grouping, sorting, filter, pins; and the figures they are sorted by. */
import type { FigureName } from '../../server/index.js';
import { asksForCrashes } from '../model/lane-filter.js';
import { buildLanes, type Lanes } from '../model/lanes.js';
import { bytes, count, duration } from '../model/time.js';
import type { Session } from './session.js';
import { GROUPINGS, SORTINGS, type Grouping, type Sorting } from './view-state.js';

export const GROUPING_LABEL: Record<Grouping, string> = {
  supervisor: 'Supervisor',
  application: 'Application',
  node: 'Node',
  none: 'No groups',
};
export const SORTING_LABEL: Record<Sorting, string> = {
  start: 'Start',
  name: 'Name',
  events: 'Events',
  messages: 'Messages',
  running: 'Time running',
  memory: 'Most memory',
  mailbox: 'Longest mailbox',
};

const MAX_PINNED = 50;
/** Between two questions for figures that are not complete yet. */
const PAUSE_MS = 40;
/** A live recording's figures are asked for again when it has grown, but not more often than this. */
const LIVE_MS = 4_000;

interface Figures {
  name: FigureName;
  values: Float64Array;
  endSeq: number;
  at: number;
}

export class Arrangement {
  private cache: { key: unknown[]; lanes: Lanes } | undefined;
  private crashes: { version: number; set: ReadonlySet<number> } = { version: -1, set: new Set() };
  private figures: Figures | undefined;
  private asking: FigureName | undefined;
  private failedAt = -Infinity;

  constructor(private readonly session: Session) {}

  /** The same object until something that matters changes. */
  lanes(): Lanes {
    const { session } = this;
    const { processesVersion, toggled, filter, grouping, sorting, pinned, info, crashesVersion } = session.state;
    const figures = this.figuresFor(sorting);
    const crashed = asksForCrashes(filter) ? crashesVersion : 0;
    const nodeLanes = (info?.kinds['memory'] ?? 0) > 0;
    const key = [processesVersion, toggled, filter, grouping, sorting, pinned, figures, crashed, nodeLanes, info?.nodes.length]; // prettier-ignore
    if (this.cache?.key.every((each, i) => Object.is(each, key[i])) !== true) {
      const lanes = buildLanes(session.processes, {
        nodes: info?.nodes.map((node) => node.name) ?? [],
        toggled,
        filter,
        grouping,
        sorting: sorting === 'start' || sorting === 'name' ? sorting : figures === undefined ? 'start' : 'figures',
        figures: figures && { values: figures.values, sum: sorting !== 'mailbox' && sorting !== 'memory' },
        pinned,
        crashed: this.crashed(),
        nodeLanes,
      });
      this.cache = { key, lanes };
    }
    return this.cache!.lanes;
  }

  /** Those that ended badly, or raised. */
  crashed(): ReadonlySet<number> {
    const { crashesVersion } = this.session.state;
    if (this.crashes.version !== crashesVersion)
      this.crashes = { version: crashesVersion, set: new Set(this.session.crashes.map((each) => each.process)) };
    return this.crashes.set;
  }

  /** What the rows are sorted by, of a process and, where its row is folded, all below it; undefined: not by a figure. */
  figureText(process: number, folded: boolean): string | undefined {
    const { figures } = this;
    const { sorting } = this.session.state;
    if (figures === undefined || figures.name !== sorting) return undefined;
    const value = (folded ? this.lanes().totals?.[process] : figures.values[process]) ?? 0;
    if (value <= 0) return '';
    return figures.name === 'memory' ? bytes(value) : figures.name === 'running' ? duration(value) : count(value);
  }

  /** The figures by which the rows are to be sorted have not come yet. */
  get waiting(): boolean {
    const { sorting } = this.session.state;
    return sorting !== 'start' && sorting !== 'name' && this.figures?.name !== sorting;
  }

  group(grouping: Grouping): void {
    this.session.store.set({ grouping });
  }
  sort(sorting: Sorting): void {
    this.session.store.set({ sorting });
  }
  nextGrouping(): void {
    const { session } = this;
    const next = GROUPINGS[(GROUPINGS.indexOf(session.state.grouping) + 1) % GROUPINGS.length]!;
    this.group(next);
    session.notice(`Lanes by ${GROUPING_LABEL[next].toLowerCase()}`);
  }
  nextSorting(): void {
    const { session } = this;
    const next = SORTINGS[(SORTINGS.indexOf(session.state.sorting) + 1) % SORTINGS.length]!;
    this.sort(next);
    session.notice(`Lanes sorted by ${SORTING_LABEL[next].toLowerCase()}`);
  }

  isPinned(process: number): boolean {
    return this.session.state.pinned.includes(process);
  }
  togglePin(process: number): void {
    const { session } = this;
    if (process === 0) {
      session.notice('Choose a process to pin its lane');
      return;
    }
    const { pinned } = session.state;
    if (!pinned.includes(process) && pinned.length >= MAX_PINNED) {
      session.notice(`No more than ${String(MAX_PINNED)} lanes can be pinned`);
      return;
    }
    session.store.set({
      pinned: pinned.includes(process) ? pinned.filter((each) => each !== process) : [...pinned, process],
    });
  }
  unpinAll(): void {
    this.session.store.set({ pinned: [] });
  }

  private figuresFor(sorting: Sorting): Figures | undefined {
    if (sorting === 'start' || sorting === 'name') return undefined;
    const { info, link } = this.session.state;
    const { figures } = this;
    const now = performance.now();
    const fresh =
      figures?.name === sorting &&
      (figures.endSeq === info?.end.seq || (info?.live === true && now < figures.at + LIVE_MS));
    if (!fresh && this.asking !== sorting && link === 'open' && now > this.failedAt + 2_000) void this.ask(sorting);
    return figures?.name === sorting ? figures : undefined;
  }

  private async ask(name: FigureName): Promise<void> {
    const { session } = this;
    this.asking = name;
    try {
      for (;;) {
        const answer = await session.client.askColumns('figures', { figure: name }, 'figures');
        if (session.state.sorting !== name) return;
        if (answer.meta.complete) {
          const values = new Float64Array(session.processes.length + 1);
          for (let i = 0; i < answer.process.length; i++) values[answer.process[i]!] = answer.value[i]!;
          this.figures = { name, values, endSeq: answer.meta.seq, at: performance.now() };
          // Rows are asked for by whoever draws: they only have to be told.
          session.store.set({ toggled: new Set(session.state.toggled) });
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    } catch (error) {
      this.failedAt = performance.now();
      session.fail(error);
    } finally {
      if (this.asking === name) this.asking = undefined;
    }
  }
}
