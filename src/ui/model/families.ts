/** Kinds of events in families: one colour and one band of a lane each. */
export const FAMILIES = ['message', 'function', 'state', 'process', 'log', 'system'] as const;
export type Family = (typeof FAMILIES)[number];

const MEMBERS: Record<Family, readonly string[]> = {
  message: ['send', 'arrive'],
  function: ['call', 'return', 'exception', 'tail', 'handle', 'handled'],
  state: ['state'],
  process: ['spawn', 'exit', 'link', 'unlink', 'register', 'unregister'],
  log: ['log'],
  system: ['gc', 'schedule', 'module', 'node', 'gap'],
};

export const FAMILY_LABEL: Record<Family, string> = {
  message: 'Messages',
  function: 'Callbacks',
  state: 'State',
  process: 'Process',
  log: 'Logs',
  system: 'System',
};

/** Kinds that this version of the view does not know are drawn as `system`. */
export const familyOf = (kind: string): Family => FAMILIES.find((each) => MEMBERS[each].includes(kind)) ?? 'system';

/** Bits of a timeline's `kinds` by family, for the codes of this recording. */
export function familyMasks(kindNames: readonly string[]): Record<Family, number> {
  const masks = { message: 0, function: 0, state: 0, process: 0, log: 0, system: 0 };
  for (const [code, name] of kindNames.entries()) if (code < 24) masks[familyOf(name)] |= 1 << code;
  return masks;
}

const LABELS: Record<string, string> = {
  arrive: 'arrival',
  handle: 'callback',
  handled: 'done',
  schedule: 'sched',
  gc: 'collect',
};
export const kindLabel = (kind: string): string => LABELS[kind] ?? kind;
export const kindsOf = (families: readonly Family[]): string[] => families.flatMap((each) => MEMBERS[each]);
