/**
 * What of the view stands in the address, so that a link or a reload brings it back:
 * `#p=12&t=1250000000&e=4711&w=0-5000000000&q=stock&hide=system&theme=dark&f=4700&src=Elixir.Shop.Stock:48&tall=12&speed=0.1&unit=line&in=fold.history:1`.
 *
 * It stays short enough for a chat or a mail: what would make it longer than `MAX_HASH` is left out as a whole, a part at a time. Who, when and
 * which view come first and always fit; long lists, questions in SQL and what was chosen inside of panels come last.
 */
import { FAMILIES, type Family } from '../model/families.js';
import { MAX_PRINTS, wishFrom, wishKey } from '../prints/wish.js';
import {
  CHART_KINDS,
  GROUPINGS,
  HEATS,
  LEVELS,
  initialState,
  MAIN_VIEWS,
  SORTINGS,
  STEP_UNITS,
  type Side,
  type SourcePlace,
  type StepUnit,
  type Theme,
  type ViewState,
} from './view-state.js';
import { SPEEDS } from './player.js';
import { keptFrom, keptTexts } from './kept.js';
import { areaOf, areaText, totalsOf, totalsText } from './totals.js';

/** In characters, as they stand in the address. */
export const MAX_HASH = 16_000;
/** Of the sequence of messages. */
const MAX_PARTICIPANTS = 32;

/** Which views are open, and how they are set. */
type Views = Pick<
  ViewState,
  | 'main'
  | 'flat'
  | 'camera'
  | 'colour'
  | 'size'
  | 'follow'
  | 'closedApplications'
  | 'grouping'
  | 'sorting'
  | 'pinned'
  | 'area'
  | 'totals'
  | 'sequenceScale'
  | 'base'
  | 'sides'
  | 'focus'
  | 'compare'
  | 'marks'
  | 'mark'
  | 'match'
  | 'backwards'
  | 'query'
  | 'kept'
>;

type Addressed = Views &
  Pick<
    ViewState,
    | 'moment'
    | 'window'
    | 'selected'
    | 'event'
    | 'filter'
    | 'hidden'
    | 'toggled'
    | 'theme'
    | 'following'
    | 'frame'
    | 'source'
    | 'prints'
    | 'print'
    | 'sequence'
    | 'split'
    | 'tall'
    | 'speed'
    | 'unit'
    | 'origin'
  >;

export function toHash(state: Addressed): string {
  const params = new URLSearchParams();
  if (state.selected > 0) params.set('p', String(state.selected));
  if (!state.following) {
    params.set(
      't',
      state.moment.seq === undefined ? String(Math.round(state.moment.ns)) : `e${String(state.moment.seq)}`,
    );
    params.set('w', `${String(Math.round(state.window.fromNs))}-${String(Math.round(state.window.toNs))}`);
  }
  if (state.event > 0) params.set('e', String(state.event));
  if (state.filter !== '') params.set('q', state.filter);
  const hidden = FAMILIES.filter((each) => state.hidden.has(each));
  if (hidden.join() !== 'system') params.set('hide', hidden.join(','));
  if (state.toggled.size > 0) params.set('fold', [...state.toggled].slice(0, 200).join(','));
  if (state.frame > 0) params.set('f', String(state.frame));
  if (state.source !== undefined) {
    const { module = '', line, pinned } = state.source;
    params.set('src', `${module}:${String(line)}${pinned ? '!' : ''}`);
  }
  // What is still being typed is left out.
  for (const [i, wish] of state.prints.entries())
    if (wish.expression !== '') params.append('print', `${i === state.print ? '*' : ''}${wishKey(wish)}`);
  if (state.sequence !== undefined) params.set('msg', state.sequence.join(','));
  if (state.sequenceScale !== 'rows') params.set('scale', state.sequenceScale);
  if (state.split !== 0.46) params.set('split', state.split.toFixed(2));
  if (state.tall.size > 0) params.set('tall', [...state.tall].slice(0, 50).join(','));
  if (state.speed !== 1) params.set('speed', String(state.speed));
  if (state.unit !== 'event') params.set('unit', state.unit);
  if (state.theme !== 'auto') params.set('theme', state.theme);
  for (const name of ['main', 'colour', 'size', 'grouping', 'sorting'] as const)
    if (state[name] !== initialState[name]) params.set(name, state[name]);
  if (state.flat) params.set('flat', '1');
  if (state.camera !== undefined) params.set('cam', state.camera);
  if (state.follow) params.set('follow', '1');
  if (state.closedApplications.size > 0) params.set('closed', [...state.closedApplications].slice(0, 200).join(','));
  if (state.pinned.length > 0) params.set('pin', state.pinned.slice(0, 50).join(','));
  if (state.area !== undefined) {
    params.set('area', areaText(state.area));
    const totals = totalsText(state.totals);
    if (totals !== 'functions') params.set('tot', totals);
  }
  if (state.base !== undefined) params.set('base', `${String(state.base.seq)}-${String(Math.round(state.base.ns))}`);
  if (
    state.focus !== undefined &&
    state.focus.selected === state.selected &&
    state.focus.module === state.source?.module
  )
    params.set(
      'level',
      state.focus.label === undefined ? state.focus.level : `${state.focus.level}:${state.focus.label}`,
    );
  if (state.sides) params.set('sides', '1');
  if (state.origin !== undefined) {
    const { process, seq, path } = state.origin;
    params.set('who', `${String(process)}-${String(seq)}-${JSON.stringify(path).slice(0, 2_000)}`);
  }
  if (state.compare !== undefined) {
    const { left, right, row } = state.compare;
    const side = ({ recording, process, fromSeq }: Side): string => [recording, process, fromSeq].join('.');
    params.set('cmp', `${side(left)}-${side(right)}-${String(row)}`);
  }
  if (state.marks) params.set('marks', '1');
  if (state.mark !== '') params.set('mark', state.mark);
  if (state.match !== '') params.set('find', state.match);
  if (state.backwards) params.set('back', '1');
  if (state.query.text !== '') params.set('sql', state.query.text);
  if (state.query.chart !== 'auto') params.set('chart', state.query.chart);
  for (const text of keptTexts(state.kept)) params.append('in', text);
  return bounded(params);
}

/** Those that may be long, in the order in which they give way: the last first. */
const LONG = ['print', 'msg', 'tall', 'pin', 'area', 'tot', 'who', 'closed', 'sql', 'in', 'fold'];

function bounded(params: URLSearchParams): string {
  const whole = params.toString();
  if (whole.length <= MAX_HASH) return whole;
  const all = [...params].map(([name, value], i) => {
    const text = new URLSearchParams([[name, value]]).toString();
    return { text, i, rank: LONG.indexOf(name) };
  });
  let room = MAX_HASH;
  const fitting = all
    .sort((a, b) => a.rank - b.rank || a.i - b.i)
    .filter(({ text }) => {
      if (text.length + 1 > room) return false;
      room -= text.length + 1;
      return true;
    });
  return fitting
    .sort((a, b) => a.i - b.i)
    .map(({ text }) => text)
    .join('&');
}

/** What the address asks for; anything malformed is left out. The moment may be an event, whose time is not known yet. */
export interface FromHash extends Views {
  selected?: number;
  momentNs?: number;
  momentSeq?: number;
  window?: { fromNs: number; toNs: number };
  event?: number;
  filter?: string;
  hidden?: ReadonlySet<Family>;
  toggled?: ReadonlySet<string>;
  theme?: Theme;
  frame?: number;
  source?: SourcePlace;
  prints?: ViewState['prints'];
  print?: number;
  sequence?: readonly number[];
  split?: number;
  tall?: ReadonlySet<number>;
  speed?: number;
  unit?: StepUnit;
  /** The value whose way is shown. */
  who?: { process: number; seq: number; path: string[] };
}

export function fromHash(hash: string): FromHash {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const out: FromHash = views(params);
  const selected = number(params.get('p'));
  if (selected !== undefined) out.selected = selected;
  const moment = params.get('t');
  const seq = moment?.startsWith('e') === true ? number(moment.slice(1)) : undefined;
  if (seq !== undefined) out.momentSeq = seq;
  else {
    const ns = number(moment);
    if (ns !== undefined) out.momentNs = ns;
  }
  const [from, to] = (params.get('w') ?? '').split('-').map(number);
  if (from !== undefined && to !== undefined && to > from) out.window = { fromNs: from, toNs: to };
  const event = number(params.get('e'));
  if (event !== undefined) out.event = event;
  const filter = params.get('q');
  if (filter !== null) out.filter = filter.slice(0, 100);
  const hide = params.get('hide');
  if (hide !== null) {
    const named = hide.split(',');
    out.hidden = new Set(FAMILIES.filter((each) => named.includes(each)));
  }
  const fold = params.get('fold');
  if (fold !== null)
    out.toggled = new Set(
      fold.split(',').filter((key) => /^(?:(?:p|t|node|runtime)\d+|a:[\w%.~!*'()?-]{0,300})$/.test(key)),
    );
  const frame = number(params.get('f'));
  if (frame !== undefined) out.frame = frame;
  const source = /^([^\p{Cc}]{0,1000}):(\d{1,8})(!?)$/u.exec(params.get('src') ?? '');
  if (source !== null) {
    const [, module, line, pinned] = source;
    out.source = { module: module === '' ? undefined : module!, line: Number(line), pinned: pinned === '!', nonce: 1 };
  }
  const prints = params.getAll('print').slice(0, MAX_PRINTS);
  const wishes = prints.map((text) => wishFrom(text.replace(/^\*/, '')));
  const known = wishes.filter((wish) => wish !== undefined);
  if (known.length > 0) {
    const chosen = wishes[prints.findIndex((text) => text.startsWith('*'))];
    out.prints = known;
    out.print = chosen === undefined ? known.length - 1 : known.indexOf(chosen);
  }
  const messages = params.get('msg');
  if (messages !== null)
    out.sequence = messages
      .split(',')
      .flatMap((each) => (each === '' ? [] : (number(each) ?? [])))
      .slice(0, MAX_PARTICIPANTS);
  const split = Number(params.get('split') ?? NaN);
  if (split >= 0.15 && split <= 0.85) out.split = split;
  const tall = params.get('tall');
  if (tall !== null) out.tall = new Set(tall.split(',').flatMap((each) => number(each) ?? []));
  const speed = Number(params.get('speed') ?? NaN);
  if (SPEEDS.includes(speed)) out.speed = speed;
  const unit = STEP_UNITS.find((each) => each === params.get('unit'));
  if (unit !== undefined) out.unit = unit;
  const [, level, label] = /^([a-z]+)(?::([^\p{Cc}]{1,500}))?$/u.exec(params.get('level') ?? '') ?? [];
  const named = LEVELS.find((each) => each === level);
  if (named !== undefined) out.focus = { level: named, selected: out.selected ?? 0, module: out.source?.module, label };
  const who = whose(params.get('who') ?? '');
  if (who !== undefined) out.who = who;
  const theme = params.get('theme');
  if (theme === 'light' || theme === 'dark') out.theme = theme;
  return out;
}

function whose(text: string): FromHash['who'] {
  const [, process, seq, json] = /^(\d+)-(\d+)-(\[.*\])$/s.exec(text) ?? [];
  const of = { process: number(process), seq: number(seq) };
  if (of.process === undefined || of.seq === undefined || json === undefined) return undefined;
  try {
    const path: unknown = JSON.parse(json);
    if (!Array.isArray(path) || path.length > 64) return undefined;
    const labels = path.filter((each): each is string => typeof each === 'string' && each.length <= 500);
    return labels.length === path.length ? { process: of.process, seq: of.seq, path: labels } : undefined;
  } catch {
    return undefined;
  }
}

function number(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))
    ? Number(text)
    : undefined;
}

function views(params: URLSearchParams): Views {
  const one = <T extends string>(name: string, values: readonly T[], fallback: T): T =>
    values.find((each) => each === params.get(name)) ?? fallback;
  const numbers = (text: string): number[] => text.split(',').flatMap((each) => number(each) ?? []);
  const closed = (params.get('closed') ?? '').split(',').filter((name) => /^[^\p{Cc}]{1,255}$/u.test(name));
  const [baseSeq, baseNs] = (params.get('base') ?? '').split('-').map(number);
  return {
    main: one('main', MAIN_VIEWS, initialState.main),
    flat: params.get('flat') === '1',
    camera: /^-?[\d.]+(?:_-?[\d.]+){5}$/.exec((params.get('cam') ?? '').slice(0, 100))?.[0],
    colour: one('colour', HEATS, initialState.colour),
    size: one('size', HEATS, initialState.size),
    follow: params.get('follow') === '1',
    closedApplications: new Set(closed.slice(0, 200)),
    grouping: one('grouping', GROUPINGS, initialState.grouping),
    sorting: one('sorting', SORTINGS, initialState.sorting),
    pinned: numbers(params.get('pin') ?? '').slice(0, 50),
    area: areaOf(params.get('area') ?? ''),
    totals: totalsOf(params.get('tot') ?? ''),
    sequenceScale: one('scale', ['rows', 'time'], initialState.sequenceScale),
    base: baseSeq === undefined || baseNs === undefined ? undefined : { seq: baseSeq, ns: baseNs },
    sides: params.get('sides') === '1',
    focus: undefined,
    compare: sides(params.get('cmp') ?? ''),
    marks: params.get('marks') === '1',
    mark: /^[A-Za-z0-9-]{1,40}$/.exec(params.get('mark') ?? '')?.[0] ?? '',
    match: (params.get('find') ?? '').slice(0, 200),
    backwards: params.get('back') === '1',
    query: { text: (params.get('sql') ?? '').slice(0, 10_000), chart: one('chart', CHART_KINDS, 'auto') },
    kept: keptFrom(params.getAll('in')),
  };
}

function sides(text: string): ViewState['compare'] {
  const [left, right, row] = text.split('-');
  const side = (part: string | undefined): Side | undefined => {
    const [recording, process, fromSeq, ...rest] = (part ?? '').split('.').map(number);
    return recording === undefined || recording > 1 || process === undefined || fromSeq === undefined || rest.length > 0
      ? undefined
      : { recording, process, fromSeq };
  };
  const both = { left: side(left), right: side(right) };
  if (both.left === undefined || both.right === undefined) return undefined;
  return { left: both.left, right: both.right, row: number(row) ?? 0 };
}
