/** An area and what is shown of its totals, as they stand in the address. */
import type { AreaPart, AreaSort } from '../../server/index.js';
import type { Area } from './view-state.js';

/** What of the totals of an area is looked at. */
export interface Totals {
  part: AreaPart;
  /** Undefined: as the part is sorted by itself. */
  sort: AreaSort | undefined;
  /** The flame graph of one process; 0: of all together. */
  process: number;
  /** What the flame graph is of: functions from the outermost in. */
  path: readonly number[];
}

export const noTotals: Totals = { part: 'functions', sort: undefined, process: 0, path: [] };

export const PARTS: readonly AreaPart[] = ['functions', 'messages', 'flame', 'processes', 'errors'];
/** By which columns each part is sorted; the first unless told. */
export const SORTS: Record<AreaPart, readonly AreaSort[]> = {
  functions: ['own', 'total', 'calls', 'longest'],
  messages: ['count', 'bytes', 'median', 'max'],
  flame: [],
  processes: ['running', 'events', 'sent', 'received'],
  errors: [],
};

/** Ranges of numbers in an address; more are left out. */
const MAX_RANGES = 200;
const MAX_PROCESSES = 20_000;

/** `0-5000` or `0-5000:1,4~9`, in nanoseconds and numbers of processes. */
export function areaText({ fromNs, toNs, processes }: Area): string {
  const times = `${String(Math.round(fromNs))}-${String(Math.round(toNs))}`;
  if (processes === undefined) return times;
  const ranges: [number, number][] = [];
  for (const each of [...processes].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && each <= last[1] + 1) last[1] = each;
    else ranges.push([each, each]);
  }
  const text = ranges.slice(0, MAX_RANGES).map(([a, b]) => (a === b ? String(a) : `${String(a)}~${String(b)}`));
  return `${times}:${text.join(',')}`;
}

/** Undefined where it is no area. */
export function areaOf(text: string): Area | undefined {
  const [, from, to, whose] = /^(\d{1,16})-(\d{1,16})(?::([\d,~]*))?$/.exec(text) ?? [];
  const fromNs = Number(from);
  const toNs = Number(to);
  if (!Number.isSafeInteger(fromNs) || !Number.isSafeInteger(toNs) || toNs <= fromNs) return undefined;
  if (whose === undefined) return { fromNs, toNs, processes: undefined };
  const processes = new Set<number>();
  for (const range of whose.split(',').slice(0, MAX_RANGES)) {
    const [, first, last = first] = /^(\d{1,10})(?:~(\d{1,10}))?$/.exec(range) ?? [];
    for (let each = Number(first); each > 0 && each <= Number(last) && processes.size < MAX_PROCESSES; each++)
      processes.add(each);
  }
  return { fromNs, toNs, processes: [...processes] };
}

/** `flame.own.12.4~7~9`: part, sorting, process, path. */
export const totalsText = ({ part, sort, process, path }: Totals): string =>
  [part, sort ?? '', process === 0 ? '' : String(process), path.join('~')].join('.').replace(/\.+$/, '');

export function totalsOf(text: string): Totals {
  const [part, sort, process, path] = text.split('.');
  const known = PARTS.find((each) => each === part) ?? 'functions';
  const number = (digits: string | undefined): number => (/^\d{1,10}$/.test(digits ?? '') ? Number(digits) : 0);
  return {
    part: known,
    sort: SORTS[known].find((each) => each === sort),
    process: number(process),
    path: (path ?? '')
      .split('~')
      .map(number)
      .filter((each) => each > 0)
      .slice(0, 200),
  };
}
