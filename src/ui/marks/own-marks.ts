/** Marks of a recording that cannot keep any: they stay in this browser, under this address. What lies there is checked on reading. */
import type { InfoView, MarkView } from '../../server/index.js';
import { COLOURS } from './colours.js';

const MOST = 2_000;

export class OwnMarks {
  private readonly key: string;

  constructor(info: Pick<InfoView, 'path' | 'startedAt'>) {
    this.key = `elixirscope:marks:${info.startedAt}:${info.path}`;
  }

  read(): MarkView[] {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(this.key) ?? '[]');
      return Array.isArray(kept) ? kept.flatMap((each) => checked(each) ?? []).slice(0, MOST) : [];
    } catch {
      return [];
    }
  }

  /** Throws where the browser keeps nothing, or is full. */
  write(marks: readonly MarkView[]): void {
    localStorage.setItem(this.key, JSON.stringify(marks.slice(0, MOST)));
  }
}

function checked(value: unknown): MarkView | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, name, colour, text, seq, ns, process, path, madeMs } = value as Record<string, unknown>;
  const whole = (each: unknown): each is number => Number.isSafeInteger(each) && (each as number) >= 0;
  if (typeof id !== 'string' || typeof name !== 'string' || typeof text !== 'string' || typeof path !== 'string')
    return undefined;
  if (!whole(seq) || !whole(ns) || !whole(process) || !whole(madeMs)) return undefined;
  const known = COLOURS.find((each) => each.colour === colour)?.colour ?? 'grey';
  return { id, name, text, path, colour: known, seq, ns, process, madeMs };
}
