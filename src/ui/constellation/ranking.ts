/** Who matters most at the moment: for the names in the picture, and for the list beside it. */
import type { TopProcess } from './facts.js';
import { heatOf, heatText } from './heat.js';
import { livesAt, type Cast, type Situation } from './picture.js';

const TOP = 25;
/** Considered for a name. */
const CANDIDATES = 400;

export interface Ranking {
  /** Numbers of processes, the most important first. */
  candidates: number[];
  top: TopProcess[];
}

export function rank(situation: Situation, cast: Cast): Ranking {
  const { processes, graph, measures, colour, size, ns } = situation;
  const score = new Float64Array(graph.processes + 1);
  const ids: number[] = [];
  for (let id = 1; id <= graph.processes; id++) {
    if (cast.presence[id] === 0) continue;
    const process = processes[id - 1]!;
    ids.push(id);
    const heat = Math.max(0, heatOf(measures, colour, id)) / (cast.colourScale?.high ?? 1);
    const large = Math.max(0, heatOf(measures, size, id)) / (cast.sizeScale?.high ?? 1);
    const named = process.name === undefined ? 0 : 0.4;
    const leads = process.behaviour === 'supervisor' ? 0.2 : 0;
    score[id] = heat * 2 + large + named + leads - (process.runtime ? 0.8 : 0);
  }
  const candidates = [...ids].sort((a, b) => score[b]! - score[a]! || a - b).slice(0, CANDIDATES);
  const by = colour !== 'none' ? colour : size;
  const value = (id: number): number => heatOf(measures, by, id);
  const top = ids
    .filter((id) => livesAt(processes[id - 1]!, ns))
    .sort((a, b) => value(b) - value(a) || score[b]! - score[a]! || a - b)
    .slice(0, TOP)
    .map((process) => ({
      process,
      colour: heatText(colour, heatOf(measures, colour, process)),
      size: heatText(size, heatOf(measures, size, process)),
    }));
  return { candidates, top };
}
