/** What a probe is told: the map of `elixirscope_probe:start/1`, and the same as a file for a VM that is about to start. */
import { isIP } from 'node:net';
import type { DepthRule, OwnCode } from '../plan/index.js';
import { atom, binary, int, list, map, tuple, type Term } from '../term/index.js';

/** The settings that a caller may change. */
export type ConfigChange = Partial<
  Pick<
    ProbeConfig,
    'families' | 'depths' | 'own' | 'budget' | 'memoryMs' | 'secrets' | 'onFull' | 'forceEngine' | 'bytesPerSecond'
  > & {
    limits: Partial<TermLimits>;
  }
>;

/** How much of a term the probe writes; see docs/formats/term.md. */
export interface TermLimits {
  depth: number;
  length: number;
  binary: number;
  term_bytes: number;
  state_bytes: number;
  /** Of the terms of what happens most: calls, returns, values and lines. */
  call_bytes: number;
  /** Kept there of a map of more than 32 keys. */
  call_pairs: number;
}

export const RUN_LIMITS: TermLimits = {
  depth: 16,
  length: 256,
  binary: 4096,
  term_bytes: 8192,
  state_bytes: 65_536,
  call_bytes: 2048,
  call_pairs: 32,
};
export const ATTACH_LIMITS: TermLimits = {
  depth: 12,
  length: 100,
  binary: 512,
  term_bytes: 2048,
  state_bytes: 8192,
  call_bytes: 512,
  call_pairs: 16,
};

/** What an attached node may send in a second unless asked otherwise. */
export const ATTACH_BYTES_PER_SECOND = 64 * 1024 * 1024;

/** The share of one CPU, in thousandths, that recording an attached node may cost unless asked otherwise. */
export const ATTACH_BUDGET = 50;

/** Values under keys that contain one of these words stay inside the node. */
export const SECRET_WORDS: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'authorization',
  'cookie',
  'credential',
  'api_key',
  'apikey',
  'private_key',
];

export const EVENT_FAMILIES = [
  'messages',
  'processes',
  'callbacks',
  'log',
  'gc',
  'schedule',
  'tables',
  'timers',
  'stores',
  'telemetry',
  'monitors',
] as const;
export type EventFamily = (typeof EVENT_FAMILIES)[number];
export const DEFAULT_FAMILIES: readonly EventFamily[] = ['messages', 'processes', 'callbacks', 'log'];

export type RecorderAddress = { unix: string } | { host: string; port: number };

export interface ProbeConfig {
  mode: 'run' | 'attach';
  address: RecorderAddress;
  token: string;
  ringDirectory: string | undefined;
  ringBytes: number;
  onFull: 'wait' | 'drop';
  limits: TermLimits;
  secrets: readonly string[];
  families: readonly EventFamily[];
  /** Which functions are recorded how deep; a later rule wins. */
  depths?: readonly DepthRule[];
  /** The program's own modules, as far as no rule of `depths` names them. */
  own?: OwnCode | undefined;
  /** Thousandths of the program's time that recording may cost; undefined: as much as it needs. */
  budget?: number | undefined;
  /** How often memory and mailboxes are looked at; 0: never. */
  memoryMs?: number;
  /** Path of the shared object, without `.so`; undefined: the slower engine. */
  nif: string | undefined;
  deleteNif: boolean;
  forceEngine: 'nif' | 'erlang' | undefined;
  /** Bytes a second the probe may send; 0: no limit. */
  bytesPerSecond: number;
}

/** The configuration as an Erlang term. */
export function configTerm(config: ProbeConfig): Term {
  const text = (value: string | undefined): Term => (value === undefined ? atom('undefined') : binary(value));
  const entries: [string, Term][] = [
    ['mode', atom(config.mode)],
    ['address', addressTerm(config.address)],
    ['token', binary(config.token)],
    ['ring_dir', text(config.ringDirectory)],
    ['ring_bytes', int(config.ringBytes)],
    ['on_full', atom(config.onFull)],
    ['limits', map(Object.entries(config.limits).map(([key, value]) => [atom(key), int(value as number)] as const))],
    ['redact', list(config.secrets.map((word) => binary(word.toLowerCase())))],
    ['events', list(config.families.map(atom))],
    ['nif', text(config.nif)],
    ['bytes_per_second', int(config.bytesPerSecond)],
  ];
  if (config.depths?.length) entries.push(['depths', list(config.depths.map(ruleTerm))]);
  if (config.own) entries.push(['own', ownTerm(config.own)]);
  if (config.budget !== undefined) entries.push(['budget', int(config.budget)]);
  if (config.memoryMs) entries.push(['memory_ms', int(config.memoryMs)]);
  if (config.deleteNif) entries.push(['delete_nif', atom('true')]);
  if (config.forceEngine) entries.push(['force_engine', atom(config.forceEngine)]);
  return map(entries.map(([key, value]) => [atom(key), value] as const));
}

const ruleTerm = ({ module, fn, depth }: DepthRule): Term => tuple(binary(module), binary(fn), atom(depth));

const ownTerm = ({ below, notBelow, depth }: OwnCode): Term =>
  map([
    [atom('below'), list(below.map((path) => binary(path)))],
    [atom('not_below'), list(notBelow.map((path) => binary(path)))],
    [atom('depth'), atom(depth)],
  ]);

function addressTerm(address: RecorderAddress): Term {
  if ('unix' in address) return tuple(atom('unix'), binary(address.unix));
  return tuple(atom('tcp'), ipTerm(address.host), int(address.port));
}

function ipTerm(host: string): Term {
  const plain = host.startsWith('::ffff:') ? host.slice(7) : host;
  if (isIP(plain) === 4) return tuple(...plain.split('.').map((part) => int(Number(part))));
  if (isIP(plain) !== 6) throw new Error(`${host} is not an IP address`);
  const [head = '', tail = ''] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(plain.includes('::') ? 8 - left.length - right.length : 0).fill('0');
  return tuple(...[...left, ...zeros, ...right].map((part) => int(Number.parseInt(part, 16))));
}
