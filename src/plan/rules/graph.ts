/** Who calls whom in the code that is planned, as far as the text tells. */
import { functionKey, type CallFact, type FunctionFacts, type ModuleFacts } from '../facts.js';
import { isKnownCallback } from './behaviours.js';
import { effectOf, type Effect } from './effects.js';
import { behavioursOf } from './shapes.js';

export interface GraphNode {
  module: ModuleFacts;
  fn: FunctionFacts;
  /** Behaviours of its module, those among them that only its shape shows. */
  behaviours: readonly string[];
  /** A behaviour that everybody knows asks for it. */
  isCallback: boolean;
  /** Calls that do more than give a value, by what they do. */
  effects: ReadonlyMap<Effect, readonly CallFact[]>;

  /** Functions of this code that it calls. */
  calls: Set<GraphNode>;
  /** How many places call it, and how many of them once for each element or turn of something. */
  places: number;
  hotPlaces: number;
  /** Functions that call each other in a circle, itself among them; undefined: it does not come back to itself. */
  circle: readonly GraphNode[] | undefined;
  /** Neither it nor what it calls does anything but give a value. */
  pure: boolean;
}

export type Graph = ReadonlyMap<string, GraphNode>;

export const graphKey = (module: string, name: string, arity: number): string =>
  `${module}:${functionKey(name, arity)}`;

export function buildGraph(modules: readonly ModuleFacts[]): Graph {
  const nodes = new Map<string, GraphNode>();
  const known = new Map<string, Effect | undefined>();
  for (const module of modules) {
    const behaviours = behavioursOf(module);
    for (const fn of module.functions)
      nodes.set(graphKey(module.module, fn.name, fn.arity), {
        module,
        fn,
        behaviours,
        isCallback: isKnownCallback(behaviours, fn),
        effects: effectsOf(fn, known),
        calls: new Set(),
        places: 0,
        hotPlaces: 0,
        circle: undefined,
        pure: false,
      });
  }
  const target = (from: GraphNode, call: CallFact): GraphNode | undefined =>
    nodes.get(graphKey(call.module ?? from.module.module, call.name, call.arity));
  for (const node of nodes.values())
    for (const call of node.fn.calls) {
      const to = target(node, call);
      if (to) node.calls.add(to);
    }
  findCircles([...nodes.values()]);
  for (const node of nodes.values())
    for (const call of node.fn.calls) {
      const to = target(node, call);
      if (!to || to === node) continue;
      to.places++;
      if (call.many || node.circle !== undefined) to.hotPlaces++;
    }
  findPure(nodes, target, known);
  return nodes;
}

/** Starts with everybody whose own text is pure, and takes out who calls somebody who is not, until nothing changes. */
function findPure(
  nodes: ReadonlyMap<string, GraphNode>,
  target: (from: GraphNode, call: CallFact) => GraphNode | undefined,
  known: KnownEffects,
): void {
  const callers = new Map<GraphNode, GraphNode[]>();
  const impure: GraphNode[] = [];
  for (const node of nodes.values()) {
    const { fn } = node;
    node.pure = !fn.receives && !fn.dynamic && fn.sends.length === 0;
    for (const call of fn.calls) {
      const to = target(node, call);
      const effect = lookUp(call, known);
      if (to) push(callers, to, node);
      else if ((effect !== undefined && effect !== 'exit') || call.module === undefined) node.pure = false;
    }
    if (!node.pure) impure.push(node);
  }
  for (let node = impure.pop(); node; node = impure.pop())
    for (const caller of callers.get(node) ?? [])
      if (caller.pure) {
        caller.pure = false;
        impure.push(caller);
      }
}

/** The same few functions are called again and again. */
type KnownEffects = Map<string, Effect | undefined>;

function lookUp(call: CallFact, known: KnownEffects): Effect | undefined {
  if (call.module === undefined) return undefined;
  const key = `${call.module}:${call.name}`;
  if (!known.has(key)) known.set(key, effectOf(call));
  return known.get(key);
}

function effectsOf(fn: FunctionFacts, known: KnownEffects): Map<Effect, CallFact[]> {
  const effects = new Map<Effect, CallFact[]>();
  for (const call of fn.calls) {
    const effect = lookUp(call, known);
    if (effect === undefined) continue;
    const calls = effects.get(effect);
    if (calls) calls.push(call);
    else effects.set(effect, [call]);
  }
  return effects;
}

function push(lists: Map<GraphNode, GraphNode[]>, key: GraphNode, value: GraphNode): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Tarjan's strongly connected components, without recursion: code may be deeply nested. */
function findCircles(nodes: readonly GraphNode[]): void {
  const index = new Map<GraphNode, number>();
  const low = new Map<GraphNode, number>();
  const onStack = new Set<GraphNode>();
  const stack: GraphNode[] = [];
  for (const root of nodes) {
    if (index.has(root)) continue;
    const work: { node: GraphNode; rest: Iterator<GraphNode> }[] = [];
    const enter = (node: GraphNode): void => {
      index.set(node, index.size);
      low.set(node, index.get(node) ?? 0);
      stack.push(node);
      onStack.add(node);
      work.push({ node, rest: node.calls.values() });
    };
    const lower = (node: GraphNode, to: number | undefined): void =>
      void low.set(node, Math.min(low.get(node) ?? 0, to ?? Infinity));
    enter(root);
    for (let top = work.at(-1); top; top = work.at(-1)) {
      const next = top.rest.next();
      if (!next.done) {
        if (!index.has(next.value)) enter(next.value);
        else if (onStack.has(next.value)) lower(top.node, index.get(next.value));
        continue;
      }
      work.pop();
      const above = work.at(-1);
      if (above) lower(above.node, low.get(top.node));
      if (low.get(top.node) !== index.get(top.node)) continue;
      const circle: GraphNode[] = [];
      for (let one = stack.pop(); one; one = stack.pop()) {
        onStack.delete(one);
        circle.push(one);
        if (one === top.node) break;
      }
      if (circle.length > 1 || top.node.calls.has(top.node)) for (const one of circle) one.circle = circle;
    }
  }
}
