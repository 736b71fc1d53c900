/** Kinds of events in families: one colour and one band of a lane each. */
export const FAMILIES = ['message', 'function', 'line', 'state', 'data', 'process', 'log', 'system'] as const;
export type Family = (typeof FAMILIES)[number];

const MEMBERS: Record<Family, readonly string[]> = {
  message: ['send', 'arrive'],
  function: ['call', 'return', 'exception', 'tail', 'handle', 'handled'],
  line: ['line', 'expression'],
  state: ['state'],
  data: ['table', 'timer', 'store'],
  process: ['spawn', 'exit', 'link', 'unlink', 'register', 'unregister', 'monitor'],
  log: ['log', 'telemetry'],
  system: ['gc', 'schedule', 'module', 'node', 'gap', 'memory', 'count', 'plan'],
};

export const FAMILY_LABEL: Record<Family, string> = {
  message: 'Messages',
  function: 'Calls',
  line: 'Lines',
  state: 'State',
  data: 'ETS, timers',
  process: 'Process',
  log: 'Logs',
  system: 'System',
};

/** Kinds that this version of the view does not know are drawn as `system`. */
export const familyOf = (kind: string): Family => FAMILIES.find((each) => MEMBERS[each].includes(kind)) ?? 'system';

/** Bits of a timeline's `kinds` by family, for the codes of this recording. */
export function familyMasks(kindNames: readonly string[]): Record<Family, number> {
  const masks = Object.fromEntries(FAMILIES.map((each) => [each, 0])) as Record<Family, number>;
  for (const [code, name] of kindNames.entries()) if (code < 32) masks[familyOf(name)] |= 1 << code;
  return masks;
}

/** Bit of a family in a tile. */
export const familyBit = (family: Family): number => 1 << FAMILIES.indexOf(family);

/** The families of a timeline's `kinds`, a bit each. */
export function familyBits(masks: Record<Family, number>, kinds: number): number {
  let bits = 0;
  for (let i = 0; i < FAMILIES.length; i++) if ((kinds & masks[FAMILIES[i]!]) !== 0) bits |= 1 << i;
  return bits;
}

const LABELS: Record<string, string> = {
  arrive: 'arrival',
  handle: 'callback',
  handled: 'done',
  schedule: 'sched',
  gc: 'collect',
  expression: 'value',
};
export const kindLabel = (kind: string): string => LABELS[kind] ?? kind;
export const kindsOf = (families: readonly Family[]): string[] => families.flatMap((each) => MEMBERS[each]);
