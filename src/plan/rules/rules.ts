/**
 * The rules: each looks at a function and says, where it applies, how deep it is to be recorded and why. A person can check each of them by
 * reading the function.
 */
import { DEPTHS, type Depth } from '../../recording/index.js';
import { functionKey, moduleName, type FunctionFacts } from '../facts.js';
import { behaviourOf, callbackOf, isServer } from './behaviours.js';
import { effectOf, type Effect } from './effects.js';
import type { GraphNode } from './graph.js';

export interface Reason {
  /** What this reason asks for. */
  depth: Depth;
  /** `final`: whatever else is true. `most`: nothing deeper than this. Otherwise the deepest wish counts. */
  weight: 'final' | 'most' | 'wish';
  text: string;
}

type Rule = (node: GraphNode, context: RuleContext) => Reason | undefined;

export interface RuleContext {
  /** Callbacks that a behaviour asks for, `name/arity`; undefined: nothing is known of it. */
  callbacks: (behaviour: string) => readonly string[] | undefined;
}

const wish = (depth: Depth, text: string): Reason => ({ depth, weight: 'wish', text });
const most = (depth: Depth, text: string): Reason => ({ depth, weight: 'most', text });
const final = (depth: Depth, text: string): Reason => ({ depth, weight: 'final', text });

/** A function of at most so many parts is small: about two short lines. */
const SMALL = 40;
/** Called from so many places it is a part of the language of this program. */
const MANY_PLACES = 8;

const names = (parts: readonly string[], limit = 4): string =>
  parts.length > limit ? `${parts.slice(0, limit).join(', ')} and ${parts.length - limit} more` : parts.join(', ');

// --- what tells nothing ----------------------------------------------------------------------------------------------------------

const macro: Rule = ({ fn }) =>
  fn.kind === 'macro' ? final('off', 'a macro: runs while the program is compiled') : undefined;

/** What compilers add, and what libraries ask modules for. */
const RESERVED = /^(__[a-z_]+__|MACRO-.*|behaviour_info|module_info|record_info|-.*)$/;

const generated: Rule = ({ fn }) => {
  if (RESERVED.test(fn.name)) return final('off', 'made by the compiler');
  if (fn.generatedBy === undefined) return undefined;
  return final('off', `made by a macro of ${moduleName(fn.generatedBy)}: nothing of it stands in the source`);
};

const constant: Rule = ({ fn, module }) =>
  fn.constant && !isCallback(module.behaviours, fn) ? final('count', 'always gives the same') : undefined;

const isCallback = (behaviours: readonly string[], { name, arity }: FunctionFacts): boolean =>
  behaviours.some((one) => {
    const known = behaviourOf(one);
    return known !== undefined && callbackOf(known, name, arity) !== undefined;
  });

// --- what would cost more than it tells ------------------------------------------------------------------------------------------

const hotLeaf: Rule = (node) => {
  const { fn } = node;
  const isLeaf = node.calls.size === 0 && node.pure && fn.raises.length === 0 && fn.size <= SMALL;
  if (!isLeaf || isCallback(node.module.behaviours, fn)) return undefined;
  if (node.hotPlaces > 0) return most('count', 'small, only computes, and called again and again by loops');
  if (node.places >= MANY_PLACES) return most('count', `small, only computes, and called from ${node.places} places`);
  return undefined;
};

const recursion: Rule = ({ circle, fn, pure, module }) => {
  if (circle === undefined || fn.receives || isCallback(module.behaviours, fn)) return undefined;
  const others = circle.filter((one) => one.fn !== fn).map((one) => functionKey(one.fn.name, one.fn.arity));
  const how = others.length === 0 ? 'calls itself' : `comes back to itself through ${names(others, 3)}`;
  if (!pure) return most('values', `${how}: its lines, once for every turn, would bury the rest`);
  return fn.kind === 'private'
    ? most('count', `${how} and only computes: its caller's arguments and value tell the same`)
    : most('call', `${how} and only computes: its values would be many and large`);
};

// --- where the program is decided ------------------------------------------------------------------------------------------------

const callback: Rule = ({ fn, module }, { callbacks }) => {
  for (const name of module.behaviours) {
    const known = behaviourOf(name);
    const found = known && callbackOf(known, fn.name, fn.arity);
    if (known && found) {
      const outlines = found.protocol === undefined ? [] : (fn.patterns[found.protocol] ?? []);
      const protocol = outlines.length > 0 ? `: ${names(outlines, 5)}` : '';
      const text = `${known.name}: ${found.text.replace('$P', protocol).replace('$B', known.name)}`;
      return DEPTHS.indexOf(found.depth) < DEPTHS.indexOf('values')
        ? final(found.depth, text)
        : wish(found.depth, text);
    }
    if (known === undefined && callbacks(name)?.includes(functionKey(fn.name, fn.arity)) && fn.kind === 'public')
      return wish('values', `callback of ${moduleName(name)}`);
  }
  return undefined;
};

/** States of a gen_statem are functions of their own: exported, and called by nobody here. */
const stateFunction: Rule = ({ fn, module, places }) => {
  if (!module.behaviours.some((name) => name === 'gen_statem') || fn.arity !== 3 || fn.kind !== 'public')
    return undefined;
  if (isCallback(module.behaviours, fn) || places > 0 || (fn.patterns[0]?.length ?? 0) === 0) return undefined;
  const isEvent = (outline: string): boolean =>
    /^:?(cast|info|enter|timeout|internal|state_timeout)$|call/.test(outline);
  if (!fn.patterns[0]?.some(isEvent)) return undefined;
  return wish('lines', `gen_statem: the state ${fn.name}, on ${names(fn.patterns[1] ?? ['anything'], 5)}`);
};

const receiveLoop: Rule = ({ fn, circle }) => {
  if (!fn.receives) return undefined;
  return wish(
    'lines',
    circle ? 'a process of its own kind: receives messages, again and again' : 'waits for a message',
  );
};

const controller: Rule = ({ fn, module }) => {
  const isController =
    module.functions.some(({ name }) => name === 'phoenix_controller_pipeline') || /Controller$/.test(module.module);
  const [first = '_'] = fn.parameters;
  if (!isController || fn.kind !== 'public' || fn.arity !== 2 || !/^_?conn$/.test(first)) return undefined;
  return wish('lines', `controller: the action ${fn.name}`);
};

const test: Rule = ({ fn }) => {
  if (!/^(test|property|doctest) /.test(fn.name) || fn.arity !== 1) return undefined;
  return wish('lines', 'a test');
};

const erlangTest: Rule = ({ fn, module }) =>
  module.language === 'erlang' && fn.kind === 'public' && fn.arity === 0 && /_test_?$/.test(fn.name)
    ? wish('lines', 'a test of eunit')
    : module.language === 'erlang' && /_SUITE$/.test(module.module) && fn.kind === 'public' && fn.arity === 1
      ? wish('lines', 'a test of Common Test')
      : undefined;

const client: Rule = ({ fn, module }) => {
  if (!isServer(module.behaviours) || fn.kind !== 'public' || isCallback(module.behaviours, fn)) return undefined;
  const asked = fn.calls.filter((call) => effectOf(call) === 'server');
  if (asked.length === 0) return undefined;
  const messages = [
    ...new Set(asked.flatMap(({ message }) => (message === undefined || message === '_' ? [] : [message]))),
  ];
  const how = asked.every(({ name }) => /cast|notify/.test(name)) ? 'tells it' : 'asks it';
  return wish('values', `a client of its own server${messages.length > 0 ? `: ${how} ${names(messages)}` : ''}`);
};

const starter: Rule = ({ fn, module }) =>
  /^start(_link|_monitor)?$/.test(fn.name) && has(fn, 'spawn') && !isCallback(module.behaviours, fn)
    ? wish('values', 'starts the process')
    : undefined;

// --- what leaves a mark ----------------------------------------------------------------------------------------------------------

const has = (fn: FunctionFacts, effect: Effect): boolean => fn.calls.some((call) => effectOf(call) === effect);

const called = (fn: FunctionFacts, effect: Effect): string => {
  const found = fn.calls.filter((call) => effectOf(call) === effect);
  return names([...new Set(found.map(({ module, name }) => callText(module ?? '', name)))], 3);
};

const callText = (module: string, name: string): string =>
  module.startsWith('Elixir.') ? `${moduleName(module)}.${name}` : module === 'erlang' ? name : `${module}:${name}`;

const marks =
  (effect: Effect, depth: Depth, text: (what: string) => string): Rule =>
  ({ fn }) =>
    has(fn, effect) ? wish(depth, text(called(fn, effect))) : undefined;

const rescues: Rule = ({ fn }) =>
  fn.rescues ? wish('lines', 'catches exceptions: the way it took is not in its value') : undefined;

const raises: Rule = ({ fn }) => (fn.raises.length > 0 ? wish('values', `raises ${names(fn.raises, 3)}`) : undefined);

const waits: Rule = ({ fn }) => (has(fn, 'wait') ? wish('values', `waits (${called(fn, 'wait')})`) : undefined);

const sends: Rule = ({ fn }) => {
  if (fn.sends.length === 0) return undefined;
  const told = fn.sends.filter((outline) => outline !== '_');
  return wish('values', told.length > 0 ? `sends ${names(told)}` : 'sends messages');
};

const asksServers: Rule = (node, context) => {
  const { fn } = node;
  if (client(node, context) || !has(fn, 'server')) return undefined;
  const servers = fn.calls.flatMap((call) =>
    effectOf(call) === 'server' && call.subject?.startsWith('Elixir.') ? [moduleName(call.subject)] : [],
  );
  return wish(
    'values',
    servers.length > 0 ? `asks ${names([...new Set(servers)], 3)}` : `asks another process (${called(fn, 'server')})`,
  );
};

const changeset: Rule = ({ fn }) => {
  const steps = fn.calls.filter((call) => effectOf(call) === 'changeset');
  // A look at a changeset is none.
  const builds = steps.filter(({ name }) => !/^(get_|fetch_|traverse_|apply_action|apply_changes)/.test(name));
  if (builds.length < 2) return undefined;
  return wish('expressions', `a changeset: the value of each step shows what was changed and which validation failed`);
};

const RULES: readonly Rule[] = [
  macro,
  generated,
  constant,
  callback,
  stateFunction,
  receiveLoop,
  controller,
  test,
  erlangTest,
  client,
  starter,
  changeset,
  marks('transaction', 'lines', (what) => `a transaction (${what})`),
  marks('write', 'values', (what) => `writes to the database (${what})`),
  marks('read', 'values', (what) => `reads the database (${what})`),
  rescues,
  raises,
  sends,
  marks('send', 'values', (what) => `sends messages (${what})`),
  asksServers,
  (node, context) =>
    starter(node, context)
      ? undefined
      : marks('spawn', 'values', (what) => `starts processes (${what})`)(node, context),
  marks('table', 'values', (what) => `touches tables (${what})`),
  marks('name', 'values', (what) => `touches registered names (${what})`),
  marks('timer', 'values', (what) => `sets timers (${what})`),
  marks('store', 'values', (what) => `keeps values aside (${what})`),
  marks('process', 'values', (what) => `links, watches or ends processes (${what})`),
  waits,
  marks('outside', 'values', (what) => `talks to the world outside (${what})`),
  recursion,
  hotLeaf,
];

/** Reasons whose text says the same as that of another. */
const sendsTwice = (reasons: Reason[]): Reason[] =>
  reasons.some(({ text }) => text.startsWith('sends ') && !text.startsWith('sends messages ('))
    ? reasons.filter(({ text }) => text !== 'sends messages (send)' && text !== 'sends messages (!)')
    : reasons;

/** What can be said of a function that no rule speaks of. */
function plain({ fn, pure, places, calls }: GraphNode): string {
  if (fn.kind === 'public' && places === 0) return 'a way in: nothing of this code calls it';
  if (pure) return 'only computes';
  if (fn.dynamic) return 'calls what it is given';
  return calls.size > 0 ? 'leads on to others of this code' : 'calls code of others';
}

/** How deep a function is recorded, and why. */
export function judge(node: GraphNode, context: RuleContext): { depth: Depth; reasons: string[] } {
  const reasons = sendsTwice(RULES.flatMap((rule) => rule(node, context) ?? []));
  const end = reasons.find(({ weight }) => weight === 'final');
  if (end) return { depth: end.depth, reasons: [end.text] };
  const rank = (depth: Depth): number => DEPTHS.indexOf(depth);
  let depth: Depth = 'values';
  for (const reason of reasons) if (reason.weight === 'wish' && rank(reason.depth) > rank(depth)) depth = reason.depth;
  const cap = reasons.filter(({ weight }) => weight === 'most').sort((a, b) => rank(a.depth) - rank(b.depth))[0];
  if (cap && rank(cap.depth) < rank(depth)) depth = cap.depth;
  // Where all stands on one line its arguments and its value say what its lines would.
  if (depth === 'lines' && node.fn.lines < 2) depth = 'values';
  // What limits the depth comes first: it explains it.
  const sorted = [...reasons].sort((a, b) => Number(b === cap) - Number(a === cap));
  return { depth, reasons: sorted.length > 0 ? sorted.map(({ text }) => text) : [plain(node)] };
}
