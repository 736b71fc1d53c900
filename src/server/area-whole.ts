/** All totals of an area at once, for whoever can wait: the command line. */
import type { BulkRecording, FunctionId } from '../recording/index.js';
import { ROOT } from './area-flames.js';
import { answerOf, type NamelessAnswer, type NamelessFunction } from './area-parts.js';
import type { AreaPair, AreaProcess, AreaSort } from './area-protocol.js';
import { AreaTotals, type AreaQuery } from './area-totals.js';

export interface WholeArea extends Omit<NamelessAnswer, 'part' | 'total' | 'share' | 'done'> {
  functions: NamelessFunction[];
  /** Functions there are; there may be fewer rows. */
  functionsTotal: number;
  pairs: AreaPair[];
  pairsTotal: number;
  /** Messages between pairs that are too many to tell apart. */
  pairsOthers: number;
  processRows: AreaProcess[];
  /** Ways of calls, from the outermost in (0: others, too many to tell apart), with their own time in nanoseconds; none without. */
  stacks: { fns: FunctionId[]; ownNs: number; calls: number }[];
}

export interface WholeOptions {
  /** Rows of each table. */
  limit: number;
  /** By what functions and pairs are sorted, the largest first. */
  sort?: AreaSort | undefined;
}

/** Reads every event of the area once; ten million take a few seconds. */
export function wholeArea(recording: BulkRecording, query: AreaQuery, { limit, sort }: WholeOptions): WholeArea {
  const totals = new AreaTotals(recording, query);
  totals.look(() => true);
  const functions = answerOf(totals, { part: 'functions', limit, sort });
  const pairs = answerOf(totals, { part: 'messages', limit, sort });
  const processes = answerOf(totals, { part: 'processes', limit });
  const { part: rows, total: functionsTotal, share: _share, done: _done, ...facts } = functions;
  return {
    ...facts,
    functions: rows.part === 'functions' ? rows.rows : [],
    functionsTotal,
    pairs: pairs.part.part === 'messages' ? pairs.part.rows : [],
    pairsTotal: pairs.total,
    pairsOthers: totals.pairs.others,
    processRows: processes.part.part === 'processes' ? processes.part.rows : [],
    stacks: stacksOf(totals),
  };
}

function stacksOf({ calls }: AreaTotals): WholeArea['stacks'] {
  const { fns, parents, ownNs, calls: begun } = calls.flames;
  const stacks: WholeArea['stacks'] = [];
  for (let node = 1; node < fns.length; node++) {
    if (ownNs[node] === 0) continue;
    const path: FunctionId[] = [];
    for (let at = node; at !== ROOT; at = parents[at]!) path.push(fns[at]!);
    stacks.push({ fns: path.reverse(), ownNs: ownNs[node]!, calls: begun[node]! });
  }
  return stacks;
}
