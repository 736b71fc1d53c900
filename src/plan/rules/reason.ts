/** What a rule says of a function, and what rules share. */
import type { Depth } from '../../recording/index.js';
import { moduleName } from '../facts.js';
import type { Effect } from './effects.js';
import type { GraphNode } from './graph.js';

export interface Reason {
  /** What this reason asks for. */
  depth: Depth;
  /** `final`: whatever else is true. `most`: nothing deeper than this. Otherwise the deepest wish counts. */
  weight: 'final' | 'most' | 'wish';
  text: string;
}

export interface RuleContext {
  /** Callbacks that a behaviour asks for, `name/arity`; undefined: nothing is known of it. */
  callbacks: (behaviour: string) => readonly string[] | undefined;
}

/** Looks at a function and says, where it applies, how deep it is to be recorded and why. A person can check it by reading the function. */
export type Rule = (node: GraphNode, context: RuleContext) => Reason | undefined;

export const wish = (depth: Depth, text: string): Reason => ({ depth, weight: 'wish', text });
export const most = (depth: Depth, text: string): Reason => ({ depth, weight: 'most', text });
export const final = (depth: Depth, text: string): Reason => ({ depth, weight: 'final', text });

export const names = (parts: readonly string[], limit = 4): string =>
  parts.length > limit ? `${parts.slice(0, limit).join(', ')} and ${parts.length - limit} more` : parts.join(', ');

export const has = (node: GraphNode, effect: Effect): boolean => node.effects.has(effect);

/** The functions that it calls for an effect: `GenServer.call, send`. */
export const called = (node: GraphNode, effect: Effect): string => {
  const texts = (node.effects.get(effect) ?? []).map(({ module = '', name }) =>
    module.startsWith('Elixir.') ? `${moduleName(module)}.${name}` : module === 'erlang' ? name : `${module}:${name}`,
  );
  return names([...new Set(texts)], 3);
};
