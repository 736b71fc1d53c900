/** Kind codes and masks that several questions need. */
import { kindCode, type EventKind } from '../model.js';

export const Kind = {
  SPAWN: kindCode('spawn'),
  EXIT: kindCode('exit'),
  LINK: kindCode('link'),
  UNLINK: kindCode('unlink'),
  REGISTER: kindCode('register'),
  UNREGISTER: kindCode('unregister'),
  SEND: kindCode('send'),
  ARRIVE: kindCode('arrive'),
  CALL: kindCode('call'),
  RETURN: kindCode('return'),
  EXCEPTION: kindCode('exception'),
  HANDLE: kindCode('handle'),
  HANDLED: kindCode('handled'),
  STATE: kindCode('state'),
  GAP: kindCode('gap'),
  TAIL: kindCode('tail'),
  LINE: kindCode('line'),
  EXPRESSION: kindCode('expression'),
  PLAN: kindCode('plan'),
  TABLE: kindCode('table'),
} as const;

export const bit = (kind: number): number => (1 << kind) >>> 0;

export function maskOf(kinds: readonly EventKind[]): number {
  let mask = 0;
  for (const kind of kinds) {
    const code = kindCode(kind);
    if (code > 0) mask |= 1 << code;
  }
  return mask >>> 0;
}
