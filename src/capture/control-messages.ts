/**
 * What is said between a recorder and whoever wants something of it while it records: lines of JSON over a Unix socket. Each request is
 * answered by one line.
 */
import { z } from 'zod';
import { DEPTHS } from '../recording/index.js';
import { DepthError, parseFunctions } from '../plan/index.js';

export const CONTROL_VERSION = 1;
/** More than 10,000 rules. */
export const MAX_LINE = 1024 * 1024;

const NAME = z.string().min(1).max(1024);

/** One rule as the probe takes it; whoever sends `module: "Shop.Stock.init/1"` means something else and is told. */
const Rule = z
  .strictObject({ module: NAME, fn: NAME, depth: z.enum(DEPTHS) })
  .refine(({ module }) => isModule(module), { error: 'not the name of a module' });

function isModule(name: string): boolean {
  try {
    return parseFunctions(name).fn === '*';
  } catch (error) {
    if (error instanceof DepthError) return false;
    throw error;
  }
}

export const Request = z.strictObject({
  version: z.literal(CONTROL_VERSION),
  ask: z.literal('depth'),
  changes: z.array(Rule).min(1).max(10_000),
});
export type Request = z.infer<typeof Request>;

export const Answer = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), nodes: z.number().int().nonnegative() }),
  z.strictObject({ ok: z.literal(false), error: z.string() }),
]);
export type Answer = z.infer<typeof Answer>;

/** `control.json` in the folder of a recording that is being written. */
export const Door = z.strictObject({
  version: z.literal(CONTROL_VERSION),
  /** Absolute path of the socket. */
  socket: z.string().min(1).max(108),
});
export const DOOR_FILE = 'control.json';
