import type { PidTerm, ReferenceTerm, Term } from '../../term/index.js';

/** A key for maps: equal for equal pids and references. */
export function identityKey(identity: PidTerm | ReferenceTerm): string {
  const numbers = identity.kind === 'pid' ? [identity.number, identity.serial] : identity.words;
  return [identity.kind, identity.node ?? '', identity.creation ?? 0, ...numbers].join(' ');
}

/** Whether they are the same pid. */
export function samePid(one: PidTerm, other: Term | undefined): boolean {
  return other?.kind === 'pid' && identityKey(one) === identityKey(other);
}
