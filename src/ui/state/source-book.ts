/**
 * Files as they came with the recording, with their colours and counts: fetched once, page by page, coloured beside the main thread, so that
 * a file of ten thousand lines shows at once and gets its colours a little later.
 */
import type { LineCountsResult, SourceView } from '../../server/index.js';
import { templateLanguage } from '../highlight/eex.js';
import { Highlighter } from '../highlight/highlighter.js';
import type { LineTokens } from '../highlight/tokens.js';
import { AskError, type Client } from '../net/client.js';

const PAGE = 2_000;
const MAX_OPEN = 12;

export interface OpenFile {
  source: SourceView;
  lines: readonly string[];
  /** All lines are here. */
  complete: boolean;
  /** Undefined: not coloured yet. */
  tokens: LineTokens | undefined;
  counts: ReadonlyMap<number, number>;
  points: ReadonlySet<number>;
  /** Functions by the line at which they begin. */
  functions: ReadonlyMap<number, LineCountsResult['functions'][number]>;
  most: number;
}

export class SourceBook {
  private readonly files = new Map<string, OpenFile>();
  private readonly problems = new Map<string, string>();
  private readonly loading = new Set<string>();
  private readonly listeners = new Set<() => void>();
  private readonly highlighter = new Highlighter();
  /** Counts up with every change, for whoever draws. */
  version = 0;

  constructor(
    private readonly client: Client,
    private readonly failed: (error: unknown) => void,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly getVersion = (): number => this.version;

  file(module: string): OpenFile | undefined {
    return this.files.get(module);
  }
  problem(module: string): string | undefined {
    return this.problems.get(module);
  }

  /** Sees to it that a file comes; it may be there already. */
  need(module: string): void {
    if (this.files.has(module) || this.loading.has(module) || this.problems.has(module)) return;
    this.loading.add(module);
    void this.load(module).finally(() => {
      this.loading.delete(module);
      this.changed();
    });
  }

  /** Asks again how often lines ran, as a live recording grows. */
  async count(module: string): Promise<void> {
    const file = this.files.get(module);
    if (file === undefined) return;
    try {
      const result = await this.client.ask('lineCounts', { module, node: file.source.node }, 'counts');
      this.files.set(module, { ...(this.files.get(module) ?? file), ...countsOf(result) });
      this.changed();
    } catch (error) {
      if (!(error instanceof AskError && error.code === 'not-found')) this.failed(error);
    }
  }

  private async load(module: string): Promise<void> {
    try {
      const first = await this.client.ask('source', { module, from: 0, count: PAGE });
      const { text, from: _, ...source } = first;
      let file: OpenFile = {
        source,
        lines: text,
        complete: text.length >= source.lines,
        tokens: undefined,
        counts: new Map(),
        points: new Set(),
        functions: new Map(),
        most: 0,
      };
      this.keep(module, file);
      const counting = this.count(module);
      const lines = [...text];
      while (lines.length < source.lines) {
        const page = await this.client.ask('source', { module, node: source.node, from: lines.length, count: PAGE });
        if (page.text.length === 0) break;
        lines.push(...page.text);
      }
      await counting;
      file = { ...(this.files.get(module) ?? file), lines, complete: true };
      this.keep(module, file);
      const tokens = await this.highlighter.highlight(templateLanguage(source.file) ?? source.language, lines);
      this.keep(module, { ...(this.files.get(module) ?? file), tokens });
    } catch (error) {
      if (error instanceof AskError && error.code === 'lost') return;
      this.problems.set(module, error instanceof Error ? error.message : String(error));
    }
  }

  private keep(module: string, file: OpenFile): void {
    this.files.delete(module);
    this.files.set(module, file);
    if (this.files.size > MAX_OPEN) this.files.delete(this.files.keys().next().value!);
    this.changed();
  }

  private changed(): void {
    this.version++;
    for (const listener of this.listeners) listener();
  }
}

function countsOf(result: LineCountsResult): Pick<OpenFile, 'counts' | 'points' | 'functions' | 'most'> {
  return {
    counts: new Map(result.counts),
    points: new Set(result.points),
    functions: new Map(result.functions.filter((each) => each.line > 0).map((each) => [each.line, each])),
    most: Math.max(0, ...result.counts.map(([, count]) => count)),
  };
}
