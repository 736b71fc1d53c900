/** What a client may ask, checked before anything is looked up. Every size and count has a bound here. */
import { z } from 'zod';
import { DEPTHS, MARK_COLOURS, MAX_MARK_NAME, MAX_MARK_PATH, MAX_MARK_TEXT, MAX_MARKS } from '../recording/index.js';
import type { BinaryMethods, MethodName, Methods } from './protocol.js';

const safe = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const processId = z.number().int().positive().max(0xffffffff);
const at = z.union([z.strictObject({ seq: safe }), z.strictObject({ ns: safe })]);
const processes = z.array(processId).max(1024);
const window = { fromNs: safe, toNs: safe };
const neighbours = z.number().int().nonnegative().max(20);
const kind = z.string().max(32);
const whichRecording = z.union([z.literal(0), z.literal(1)]);
const compareSide = z.strictObject({ recording: whichRecording, process: processId, fromSeq: safe });
/** The longest atom, and more. */
const module = z.string().min(1).max(1_024);
const node = z.number().int().nonnegative().max(0xffff);
const lineNumber = z.number().int().nonnegative().max(0xffffffff);
/** Globs as people write them in `--depth`; nothing else gets as far as the recorded node. */
const glob = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^\p{Cc}\s=]+$/u, 'a name or a glob');

const markId = z.string().regex(/^[A-Za-z0-9-]{1,40}$/);
/** The way into a value, as its tree names the parts. */
const labels = z.array(z.string().max(500)).max(64);

/** A strip of the timeline never has more cells than this (processes × bins). */
export const MAX_CELLS = 1 << 20;

/** Lines of a source in one answer. */
export const MAX_PAGE_LINES = 2_000;

const shapes = {
  info: z.strictObject({}),
  processes: z.strictObject({
    since: safe.optional(),
    after: safe.optional(),
    limit: z.number().int().positive().max(20_000).optional(),
  }),
  crashes: z.strictObject({ seq: safe }),
  moment: z.strictObject({ text: z.string().max(64) }),
  here: z.strictObject({
    at,
    process: z.number().int().nonnegative().max(0xffffffff),
    base: at.optional(),
    frame: safe.optional(),
    each: z.number().int().nonnegative().max(500),
    changes: neighbours,
    step: z
      .strictObject({
        direction: z.union([z.literal(1), z.literal(-1)]),
        kinds: z.array(kind).max(32).optional(),
        changed: z.literal(true).optional(),
      })
      .optional(),
    detail: z.literal(true).optional(),
    lines: z
      .strictObject({ module, from: lineNumber, to: lineNumber, follow: z.boolean() })
      .refine((q) => q.to - q.from <= MAX_PAGE_LINES, 'too many lines')
      .optional(),
  }),
  stateText: z.strictObject({ process: processId, at }),
  process: z.strictObject({ process: processId, at, base: at.optional() }),
  strip: z.strictObject({
    ...window,
    process: processId,
    bins: z.number().int().positive().max(4096),
    beforeSeq: safe.optional(),
  }),
  changes: z.strictObject({ process: processId, at, before: neighbours, after: neighbours }),
  sideBySide: z.strictObject({ process: processId, at, base: at.optional() }),
  valueTrail: z.strictObject({ process: processId, at, path: z.array(z.string().max(500)).max(64) }),
  relations: z.strictObject({ process: processId, at }),
  events: z.strictObject({
    at,
    processes: processes.optional(),
    kinds: z.array(kind).max(32).optional(),
    before: z.number().int().nonnegative().max(500),
    after: z.number().int().nonnegative().max(500),
  }),
  event: z.strictObject({ seq: safe }),
  search: z.strictObject({
    text: z.string().min(1).max(200),
    from: safe,
    reverse: z.boolean().optional(),
    processes: processes.optional(),
    limit: z.number().int().positive().max(200).optional(),
  }),
  origin: z.strictObject({ process: processId, at, path: z.array(z.string().max(500)).max(64) }),
  plans: z.strictObject({ seq: safe }),
  interesting: z.strictObject({ seq: safe }),
  occasions: z.strictObject({ seq: safe }),
  raises: z.strictObject({}),
  area: z.strictObject({
    ...window,
    processes: z.array(processId).max(20_000).optional(),
    part: z.enum(['functions', 'messages', 'flame', 'processes', 'errors']),
    sort: z
      .enum([
        'own',
        'total',
        'calls',
        'longest',
        'count',
        'bytes',
        'median',
        'max',
        'running',
        'events',
        'sent',
        'received',
      ])
      .optional(),
    path: z.array(z.number().int().nonnegative().max(0xffffffff)).max(200).optional(),
    limit: z.number().int().positive().max(1_000).optional(),
  }),
  sequence: z.strictObject({
    processes: z.array(processId).max(32),
    about: processId.optional(),
    at,
    window: z.strictObject(window).optional(),
    each: z.number().int().positive().max(1_000).optional(),
  }),
  bookmarks: z.strictObject({ from: z.number().int().nonnegative().max(MAX_MARKS) }),
  note: z.strictObject({ id: markId }),
  mark: z.strictObject({
    id: markId.optional(),
    name: z.string().min(1).max(MAX_MARK_NAME),
    colour: z.enum(MARK_COLOURS),
    text: z.string().max(MAX_MARK_TEXT).optional(),
    at,
    process: processId.optional(),
    path: z.string().max(MAX_MARK_PATH).optional(),
    labels: labels.optional(),
  }),
  unmark: z.strictObject({ id: markId }),
  sql: z.strictObject({
    text: z.string().min(1).max(10_000),
    rows: z.number().int().positive().max(20_000).optional(),
    seconds: z.number().int().positive().max(300).optional(),
  }),
  sqlProgress: z.strictObject({ have: z.number().int().min(0).max(1_000_000).optional() }),
  sqlCancel: z.strictObject({}),
  sqlTables: z.strictObject({}),
  valueAt: z.strictObject({
    process: processId,
    at,
    path: z.string().max(MAX_MARK_PATH).optional(),
    labels: labels.optional(),
  }),
  code: z.strictObject({ process: processId, at, frame: safe.optional() }),
  sources: z.strictObject({
    text: z.string().max(200).optional(),
    limit: z.number().int().positive().max(500).optional(),
  }),
  source: z.strictObject({
    module,
    node: node.optional(),
    from: lineNumber,
    count: z.number().int().positive().max(MAX_PAGE_LINES),
  }),
  lineCounts: z.strictObject({ module, node: node.optional(), process: processId.optional() }),
  lineValues: z
    .strictObject({ module, process: processId, at, from: lineNumber, to: lineNumber })
    .refine((q) => q.to - q.from <= MAX_PAGE_LINES, 'too many lines'),
  nextLine: z.strictObject({
    module,
    line: lineNumber,
    from: at,
    direction: z.union([z.literal(1), z.literal(-1)]),
    process: processId.optional(),
  }),
  printAfter: z.strictObject({
    module,
    line: lineNumber,
    expression: z.string().max(4_000),
    process: processId.optional(),
    only: z.boolean().optional(),
    from: safe,
    limit: z.number().int().positive().max(2_000),
  }),
  printNames: z.strictObject({ module, line: lineNumber }),
  functions: z.strictObject({
    text: z.string().min(1).max(200),
    limit: z.number().int().positive().max(200).optional(),
  }),
  depth: z.strictObject({ module: glob, function: glob, depth: z.enum(DEPTHS) }),
  memory: z.strictObject({
    ...window,
    process: z.number().int().nonnegative().max(0xffffffff),
    limit: z.number().int().positive().max(5_000),
  }),
  timeline: z
    .strictObject({ ...window, bins: z.number().int().positive().max(8192), processes })
    .refine((q) => q.bins * q.processes.length <= MAX_CELLS, 'too many cells: ask for fewer bins or processes'),
  systemWindow: z.strictObject(window),
  systemMoment: z.strictObject({ at }),
  systemFlights: z.strictObject({ ...window, limit: z.number().int().positive().max(5_000) }),
  systemLinks: z.strictObject({ seq: safe, most: z.number().int().positive().max(1_000) }),
  figures: z.strictObject({ figure: z.enum(['events', 'messages', 'running', 'memory', 'mailbox']) }),
  activity: z
    .strictObject({
      ...window,
      bins: z.number().int().positive().max(8192),
      processes,
      roughly: z.boolean().optional(),
    })
    .refine((q) => q.bins * q.processes.length <= MAX_CELLS / 2, 'too many cells: ask for fewer bins or processes'),
  nodeMemory: z.strictObject({ ...window, node, limit: z.number().int().positive().max(5_000) }),
  comparePairs: z.strictObject({}),
  compareMatch: z.strictObject({
    from: z.strictObject({ recording: whichRecording, process: processId }),
    recording: whichRecording,
  }),
  compareRows: z.strictObject({
    left: compareSide,
    right: compareSide,
    rows: z.array(z.tuple([safe, safe])).max(200),
  }),
  compareStates: z.strictObject({ left: compareSide, right: compareSide, leftSeq: safe, rightSeq: safe }),
  compareAlign: z.strictObject({
    left: compareSide,
    right: compareSide,
    after: z.strictObject({ left: safe, right: safe }),
  }),
  overview: z.strictObject({ bins: z.number().int().positive().max(4096) }),
  lives: z.strictObject({
    after: z.number().int().nonnegative(),
    limit: z.number().int().positive().max(200_000).optional(),
  }),
  marks: z.strictObject({ ...window, processes, limit: z.number().int().positive().max(20_000) }),
  slices: z.strictObject({ ...window, processes, limit: z.number().int().positive().max(20_000) }),
  arrows: z.strictObject({ ...window, processes, limit: z.number().int().positive().max(5_000) }),
} satisfies Record<MethodName, z.ZodType>;

type ParamsOf<M extends MethodName> = M extends keyof Methods
  ? Methods[M]['params']
  : M extends keyof BinaryMethods
    ? BinaryMethods[M]['params']
    : never;

export type CheckedRequest = { [M in MethodName]: { method: M; params: ParamsOf<M> } }[MethodName];

const envelope = z.strictObject({
  id: z.number().int().nonnegative().max(0xffffffff),
  method: z.string().max(32),
  params: z.unknown(),
  lane: z.string().max(64).optional(),
  recording: whichRecording.optional(),
});

export interface Envelope {
  id: number;
  method: string;
  params: unknown;
  lane: string | undefined;
  recording: 0 | 1;
}

/** Undefined: not even a request, so there is no id to answer to. */
export function readEnvelope(text: string): Envelope | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = envelope.safeParse(json);
  if (!parsed.success) return undefined;
  const { id, method, params, lane, recording = 0 } = parsed.data;
  return { id, method, params, lane, recording };
}

/** The request with its parameters checked, or what is wrong with it in one line. */
export function checkRequest(method: string, params: unknown): CheckedRequest | string {
  if (!Object.hasOwn(shapes, method)) return `unknown method ${JSON.stringify(method)}`;
  const name = method as MethodName;
  const parsed = shapes[name].safeParse(params);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => `${issue.path.join('.') || 'params'}: ${issue.message}`).join('; ');
  }
  return { method: name, params: parsed.data } as CheckedRequest;
}
