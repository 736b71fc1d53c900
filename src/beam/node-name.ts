import { hostname } from 'node:os';
import { BeamError } from './beam-error.js';

export interface NodeName {
  readonly full: string;
  /** Before the `@`. */
  readonly alive: string;
  readonly host: string;
}

/** `shop@host`, or `shop` for a node of this host. Throws a BeamError `name`. */
export function parseNodeName(text: string): NodeName {
  const match = /^([A-Za-z0-9_\-]+)(?:@([A-Za-z0-9_.:\-]+))?$/.exec(text);
  const alive = match?.[1];
  if (alive === undefined || text.length > 255)
    throw new BeamError('name', `"${text.slice(0, 80)}" is not a node's name: write NAME@HOST`);
  const host = match?.[2] ?? shortHost();
  return { full: `${alive}@${host}`, alive, host };
}

/** The part of this host's name that short node names use. */
export const shortHost = (): string => hostname().split('.')[0] ?? 'localhost';

/**
 * A name for ourselves that fits the other node's: nodes with long names (a dot in the host) and short ones do not mix.
 * `address` is our end of the connection.
 */
export function ownNodeName(other: NodeName, address: string, random: number): string {
  const own = hostname();
  const host = !other.host.includes('.') ? shortHost() : own.includes('.') ? own : address;
  return `elixirscope-${random.toString(36)}@${host}`;
}
