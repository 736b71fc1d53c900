/** All rules together decide about a function. */
import { DEPTHS, type Depth } from '../../recording/index.js';
import { DECISIVE } from './decisive.js';
import { COSTLY, DULL } from './dull.js';
import type { GraphNode } from './graph.js';
import { MARKS } from './marks.js';
import type { Reason, RuleContext } from './reason.js';

const RULES = [...DULL, ...DECISIVE, ...MARKS, ...COSTLY];
/** Where no rule asks for more or less. */
const USUAL: Depth = 'values';

const rank = (depth: Depth): number => DEPTHS.indexOf(depth);

/** How deep a function is recorded, and why: what decided comes first. */
export function judge(node: GraphNode, context: RuleContext): { depth: Depth; reasons: string[] } {
  const reasons = RULES.flatMap((rule) => rule(node, context) ?? []);
  const end = reasons.find(({ weight }) => weight === 'final');
  if (end) return { depth: end.depth, reasons: [end.text] };
  const wishes = reasons.filter(({ weight }) => weight === 'wish');
  let depth = wishes.reduce<Depth>((deepest, one) => (rank(one.depth) > rank(deepest) ? one.depth : deepest), USUAL);
  const cap = reasons.filter(({ weight }) => weight === 'most').sort((a, b) => rank(a.depth) - rank(b.depth))[0];
  const isCapped = cap !== undefined && rank(cap.depth) < rank(depth);
  if (isCapped) depth = cap.depth;
  // Where all stands on one line its arguments and its value say what its lines would.
  if (depth === 'lines' && node.fn.lines < 2) depth = USUAL;
  // A limit that changed nothing explains nothing.
  const told = cap === undefined ? wishes : isCapped ? [cap, ...wishes] : wishes;
  return { depth, reasons: told.length > 0 ? told.map(({ text }: Reason) => text) : [plain(node)] };
}

/** What can be said of a function that no rule speaks of. */
function plain({ fn, pure, places, calls, circle }: GraphNode): string {
  if (fn.kind === 'public' && places === 0 && circle === undefined) return 'a way in: nothing of this code calls it';
  if (pure) return 'only computes';
  if (circle !== undefined) return 'calls itself';
  if (fn.dynamic) return 'calls what it is given';
  return calls.size > 0 ? 'leads on to others of this code' : 'calls code of others';
}
