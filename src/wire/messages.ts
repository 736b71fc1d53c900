/** The JSON bodies that a probe sends: checked, since a node may say anything. */
import { z } from 'zod';
import { WireError } from './protocol.js';

const text = z.string().max(4096);
const decimal = z.string().regex(/^-?\d{1,20}$/);

const helloSchema = z.object({
  node: text,
  creation: z.number().int().nonnegative(),
  otp: text,
  erts: text,
  elixir: text.nullable(),
  osPid: z.number().int().nonnegative(),
  schedulers: z.number().int().positive().max(65536),
  engine: z.enum(['nif', 'erlang']),
  engineWhy: text.nullable(),
  session: z.boolean(),
  monotonicNs: decimal,
  systemNs: decimal,
  ringFile: text.nullable(),
  ringBytes: z.number().int().nonnegative(),
  rings: z.number().int().nonnegative().max(65536),
  mode: z.enum(['run', 'attach']),
  onFull: z.enum(['wait', 'drop']),
  selfPids: z.array(z.number().int().nonnegative()).max(1000),
});
/** Who is on the other end, and the moment both clocks were read. */
export type Hello = z.infer<typeof helloSchema>;

const noteSchema = z.object({ level: z.enum(['info', 'warning']), text });
/** Something for the person who records. */
export type Note = z.infer<typeof noteSchema>;

const goodbyeSchema = z.object({
  reason: text,
  dropped: z.number().nonnegative().optional(),
  bytes: z.number().nonnegative().optional(),
});
export type Goodbye = z.infer<typeof goodbyeSchema>;

/** Longest text of a module; a longer one is left out by the probe. */
const MAX_SOURCE = 2 * 1024 * 1024;

const sourceSchema = z.object({
  module: z.string().min(1).max(1024),
  file: text,
  language: z.enum(['elixir', 'erlang']),
  text: z.string().max(MAX_SOURCE).nullable(),
  why: text.nullable(),
});
/** The source that a rewritten module was compiled from. */
export type Source = z.infer<typeof sourceSchema>;

function parse<T>(schema: z.ZodType<T>, what: string, body: Uint8Array): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new WireError(`the probe's ${what} is not JSON`);
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new WireError(
      `the probe's ${what} is malformed at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}`,
    );
  }
  return result.data;
}

/** @throws WireError */
export const parseHello = (body: Uint8Array): Hello => parse(helloSchema, 'HELLO', body);
/** @throws WireError */
export const parseNote = (body: Uint8Array): Note => parse(noteSchema, 'NOTE', body);
/** @throws WireError */
export const parseGoodbye = (body: Uint8Array): Goodbye => parse(goodbyeSchema, 'GOODBYE', body);
/** @throws WireError */
export const parseSource = (body: Uint8Array): Source => parse(sourceSchema, 'SOURCE', body);
