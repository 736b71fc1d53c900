/** The words of a recording as DuckDB enums: a row holds a small number, and is compared with, grouped by and shown as text. */
import { printTerm } from '../term/index.js';
import { EVENT_KINDS, type FunctionId, type ProcessId, type Recording } from '../recording/index.js';

/** Texts by id; ids from 1, 0 stands for none. Several ids may have the same text. */
export class Labels {
  /** Each text once. */
  readonly texts: string[] = [];
  readonly #indexes = new Map<string, number>();
  /** By id; -1 for none. */
  readonly #ofId: number[] = [-1];

  get ids(): number {
    return this.#ofId.length;
  }

  add(text: string | undefined): void {
    if (text === undefined) {
      this.#ofId.push(-1);
      return;
    }
    let index = this.#indexes.get(text);
    if (index === undefined) {
      index = this.texts.push(text) - 1;
      this.#indexes.set(text, index);
    }
    this.#ofId.push(index);
  }

  /** Where the text of an id stands in `texts`; -1 for none. */
  index(id: number): number {
    return this.#ofId[id] ?? -1;
  }

  text(id: number): string | undefined {
    return this.texts[this.index(id)];
  }
}

export class Names {
  readonly syntax: 'elixir' | 'erlang';
  readonly kinds = new Labels();
  pids = new Labels();
  names = new Labels();
  readonly functions = new Labels();

  constructor(private readonly recording: Recording) {
    this.syntax = recording.info().nodes.some((node) => node.elixir !== undefined) ? 'elixir' : 'erlang';
    for (const kind of EVENT_KINDS.slice(1)) this.kinds.add(kind);
    this.refresh();
  }

  /** Takes in what the recording has learned. */
  refresh(): void {
    // Names of known processes may change, so these are made anew.
    this.pids = new Labels();
    this.names = new Labels();
    for (const process of this.recording.processes()) {
      this.pids.add(`<${process.node}.${process.number}.${process.serial}>`);
      this.names.add(process.name === undefined ? process.label : this.atom(process.name));
    }
    for (let id = this.functions.ids; ; id++) {
      const fn = this.recording.function(id);
      if (fn === undefined) return;
      this.functions.add(this.functionText(fn));
    }
  }

  pid(id: ProcessId): string | undefined {
    return this.pids.text(id);
  }

  /** Registered name or label. */
  name(id: ProcessId): string | undefined {
    return this.names.text(id);
  }

  /** `Shop.Stock.handle_call/3`. */
  function(id: FunctionId): string | undefined {
    return this.functions.text(id);
  }

  atom(name: string): string {
    return printTerm({ kind: 'atom', name }, { syntax: this.syntax });
  }

  private functionText(fn: { module: string; name: string; arity: number }): string {
    return this.syntax === 'erlang'
      ? `${fn.module}:${fn.name}/${fn.arity}`
      : `${this.atom(fn.module)}.${fn.name}/${fn.arity}`;
  }
}
