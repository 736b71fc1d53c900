/** The sources that came with a recording, cut into lines once, and looked up by module. */
import type { Recording, SourceInfo } from '../recording/index.js';
import { moduleText, shorten, visible, type Syntax } from './text.js';
import type { SourceView } from './protocol.js';

/** Longer lines are shortened: nobody reads them, and a generated one may hold a megabyte. */
const MAX_LINE = 2_000;
/** Cut texts that are kept: a person looks at few files at a time. */
const MAX_KEPT = 8;

export class Sources {
  private list: SourceInfo[] = [];
  private byModule = new Map<string, SourceInfo[]>();
  private readonly cut = new Map<SourceInfo, string[]>();
  private version = -1;

  constructor(
    private readonly recording: Recording,
    /** Changes whenever the recording has grown. */
    private readonly now: () => number,
  ) {}

  all(): readonly SourceInfo[] {
    this.update();
    return this.list;
  }

  has(module: string): boolean {
    this.update();
    return this.byModule.has(module);
  }

  find(module: string, node?: number): SourceInfo | undefined {
    this.update();
    const found = this.byModule.get(module);
    return found?.find((each) => each.node === node) ?? found?.[0];
  }

  lines(source: SourceInfo): readonly string[] {
    if (source.text === undefined) return [];
    let lines = this.cut.get(source);
    if (lines === undefined) {
      lines = source.text.split(/\r\n|\r|\n/).map((line) => visible(shorten(line, MAX_LINE).text));
      if (lines.at(-1) === '') lines.pop();
      if (this.cut.size >= MAX_KEPT) this.cut.delete(this.cut.keys().next().value!);
      this.cut.set(source, lines);
    }
    return lines;
  }

  view(source: SourceInfo): SourceView {
    const syntax: Syntax = source.language;
    return {
      module: source.module,
      node: source.node,
      title: moduleText(source.module, syntax),
      file: visible(source.file),
      language: source.language,
      lines: source.text === undefined ? 0 : this.lineCount(source),
      why: source.why === undefined ? undefined : visible(source.why),
    };
  }

  /** Without keeping the lines of every file that is listed. */
  private lineCount(source: SourceInfo): number {
    const known = this.cut.get(source);
    if (known !== undefined) return known.length;
    const text = source.text ?? '';
    let count = 0;
    for (let at = 0; at < text.length; count++) {
      const next = /\r\n|\r|\n/g;
      next.lastIndex = at;
      const found = next.exec(text);
      if (found === null) return count + 1;
      at = found.index + found[0].length;
    }
    return count;
  }

  private update(): void {
    const version = this.now();
    if (version === this.version) return;
    this.version = version;
    const list = this.recording.sources();
    if (list.length === this.list.length && list.every((each, i) => each === this.list[i])) return;
    this.list = list;
    this.cut.clear();
    this.byModule = new Map();
    for (const each of list) {
      const same = this.byModule.get(each.module);
      if (same === undefined) this.byModule.set(each.module, [each]);
      else same.push(each);
    }
  }
}
