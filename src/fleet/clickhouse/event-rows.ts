/** Rows of a recording as rows of `es_events`, and of the small tables. */
import { printTerm, type Term } from '../../term/index.js';
import {
  EVENT_KINDS,
  crc32,
  type Block,
  type BlockStore,
  type CallSpan,
  type FunctionInfo,
  type Gap,
  type PointInfo,
  type ProcessInfo,
} from '../../recording/index.js';
import { plainJson, type Names } from '../../sql/index.js';
import { COLUMNS } from './schema.js';
import { RowWriter } from './row-binary.js';

/** Longer texts are cut in ClickHouse; the recorded bytes are there whole. */
export const TEXT_CHARS = 65_536;
const LONG_JSON = '{"$cut":"longer than what is shipped as text"}';

export const cutText = (text: string): string => (text.length > TEXT_CHARS ? `${text.slice(0, TEXT_CHARS)}…` : text);
const cutJson = (text: string): string => (text.length > TEXT_CHARS ? LONG_JSON : text);

export class RowMaker {
  constructor(
    private readonly name: string,
    private readonly store: BlockStore,
    private readonly names: Names,
  ) {}

  /** Adds events of a block from `row` on, until the rows have `bytes` bytes or row `end` is reached. Gives the row after the last one. */
  events(rows: RowWriter, block: Block, row: number, end: number, bytes: number): number {
    const { store } = this;
    const startedNs = BigInt(Math.round(store.manifest.startedAtMs * 1000)) * 1000n;
    const [kinds, flags, ns] = [block.kinds(), block.flags(), block.ns()];
    const [processes, peers, functions, causes] = [block.processes(), block.peers(), block.functions(), block.causes()]; // prettier-ignore
    let at = row;
    for (; at < end && rows.size < bytes; at++) {
      const process = processes[at]!;
      rows.text(this.name);
      rows.u64(block.firstSeq + at);
      rows.u64(ns[at]!);
      rows.i64(startedNs + BigInt(ns[at]!));
      rows.u8(kinds[at]!);
      rows.text(EVENT_KINDS[kinds[at]!] ?? 'none');
      rows.u8(flags[at]!);
      rows.u32(process);
      rows.u32(peers[at]!);
      rows.u32(functions[at]!);
      rows.u64(causes[at]!);
      const payload = block.payload(at);
      rows.raw(payload);
      const [first, ...others] = store.terms(payload, process, process === 0 ? peers[at]! : 0);
      rows.text(first === undefined ? '' : cutText(this.text(first)));
      rows.text(first === undefined ? '' : this.json(first));
      rows.text(others.map((term) => this.json(term)).join(','));
    }
    return at;
  }

  call(rows: RowWriter, span: CallSpan): void {
    rows.text(this.name);
    rows.u64(span.seq);
    rows.u64(span.endSeq);
    rows.text(span.callback ? 'callback' : 'call');
    rows.u32(span.process);
    rows.u32(span.fn);
    rows.u64(span.parent);
    rows.u32(span.depth);
    rows.u64(span.startNs);
    rows.i64(BigInt(span.endNs));
    rows.i64(BigInt(span.selfNs));
    rows.u8(span.raised ? 1 : 0);
    rows.u64(span.cause);
    rows.maybeText(this.#all(span.seq));
    rows.maybeText(this.#all(span.endSeq));
  }

  /** What a line bound or an expression gave, as `sql` shows it. */
  line(rows: RowWriter, block: Block, row: number, point: PointInfo | undefined): void {
    const [term] = this.store.termsAt(block, row);
    const expression = EVENT_KINDS[block.kindAt(row)] === 'expression';
    const list = term?.kind === 'list' ? term.elements : [];
    const values = expression
      ? term
        ? [{ name: point?.label ?? '', value: term }]
        : []
      : (point?.names ?? []).flatMap(({ name }, i) => (list[i] ? [{ name, value: list[i] }] : []));
    rows.text(this.name);
    rows.u64(block.firstSeq + row);
    rows.text(cutText(values.map(({ name, value }) => `${name} = ${this.text(value)}`).join(', ')));
    rows.text(cutJson(`{${values.map(({ name, value }) => `${JSON.stringify(name)}:${this.json(value)}`).join(',')}}`));
  }

  /** `settled`: nothing about it will change any more. */
  process(info: ProcessInfo): { digest: number; settled: boolean; write: (rows: RowWriter, updated: number) => void } {
    const { store, names } = this;
    const [spawn, exit] = [store.place(info.spawnSeq), store.place(info.exitSeq)];
    const reason = exit && store.termsAt(exit.block, exit.row)[0];
    const spawnNs = spawn ? spawn.block.nsAt(spawn.row) : -1;
    const exitNs = exit ? exit.block.nsAt(exit.row) : -1;
    const exitSeq = exit ? info.exitSeq : 0;
    const node = store.manifest.nodes[info.node]?.name;
    const texts = [names.name(info.id), node, info.behaviour, reason && cutText(this.text(reason))];
    const digest = crc32(new TextEncoder().encode(JSON.stringify([info.fn, info.parent, info.spawnSeq, exitSeq, spawnNs, exitNs, texts]))); // prettier-ignore
    return {
      digest,
      settled: exit !== undefined,
      write: (rows, updated) => {
        rows.text(this.name);
        rows.u32(info.id);
        rows.text(names.pid(info.id) ?? '');
        for (const text of texts.slice(0, 3)) rows.maybeText(text);
        rows.u32(info.fn);
        rows.u32(info.parent);
        rows.u64(info.spawnSeq);
        rows.i64(BigInt(spawnNs));
        rows.u64(exitSeq);
        rows.i64(BigInt(exitNs));
        rows.maybeText(texts[3]);
        rows.u32(digest);
        rows.u64(updated);
      },
    };
  }

  function(rows: RowWriter, fn: FunctionInfo): void {
    rows.text(this.name);
    rows.u32(fn.id);
    rows.maybeText(this.store.manifest.nodes[fn.node]?.name);
    rows.text(this.names.atom(fn.module));
    rows.text(fn.name);
    rows.u8(fn.arity);
    rows.text(this.names.function(fn.id) ?? '');
    rows.maybeU32(fn.point ? fn.point.line : fn.line);
    rows.maybeText(fn.depth);
    rows.text(fn.point?.what ?? '');
    rows.text(cutText(fn.point?.label ?? ''));
  }

  gap(rows: RowWriter, number: number, gap: Gap): void {
    rows.text(this.name);
    rows.u32(number);
    rows.text(gap.reason);
    rows.u64(gap.count);
    rows.i64(BigInt(Math.round(gap.fromNs)));
    rows.i64(BigInt(Math.round(gap.toNs)));
  }

  text(term: Term): string {
    return printTerm(term, { syntax: this.names.syntax });
  }

  json(term: Term): string {
    return cutJson(plainJson(term, this.names.syntax));
  }

  #all(seq: number): string | undefined {
    const place = this.store.place(seq);
    return place && cutText(this.store.termsAt(place.block, place.row).map((term) => this.text(term)).join(', ')); // prettier-ignore
  }
}

export const newRows = (table: keyof typeof COLUMNS): RowWriter => new RowWriter(COLUMNS[table]);
