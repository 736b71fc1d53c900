/** Which marks have a name in the picture, and where it stands. */
import { processName } from '../model/lanes.js';
import { heatOf, heatText } from './heat.js';
import { placeLabels, type Box, type Label, type PlacedLabel } from './labels.js';
import type { Projected } from './pick.js';
import { islandsOf, livesAt, markOf, markOfIsland, type Cast, type Situation } from './picture.js';
import type { Stage } from './stage.js';

/** One name for so many pixels. */
const LABEL_AREA = 20_000;
/** Names with their value beside them. */
const VALUES = 16;
/** Of a name; the tooltip and the list have all of it. */
const LONGEST = 40;
/** A process whose mark is smaller, in pixels, has no name unless it was looked for. */
const LEAST_RADIUS = 2.5;
/** A name does not stand over a mark of this radius where it need not. */
const SEEN_RADIUS = 4;

/** What is in view: the situation as it was drawn, and where that lies on the screen. */
export interface Sight {
  situation: Situation;
  cast: Cast;
  projected: Projected;
  stage: Pick<Stage, 'projectPoint'>;
  /** From where one looks, around the vertical. */
  yaw: number;
  /** Of the picture, in CSS pixels. */
  size: { width: number; height: number };
}

export class Names {
  placed: PlacedLabel[] = [];
  /** Processes that may have a name, the most important first. */
  candidates: readonly number[] = [];
  /** What panels cover: no names there. */
  taken: readonly Box[] = [];

  /** The most important names that have room. */
  place(sight: Sight, width: (label: Label) => number): void {
    this.fill(this.wanted(sight), sight, width);
  }

  /** While the picture turns, names go with their marks: none comes, none changes its side, and where two would touch one goes. */
  follow(sight: Sight, width: (label: Label) => number): void {
    const sides = new Map(this.placed.map(({ mark, side }) => [mark, side]));
    const wanted = [...this.wanted(sight)].filter(({ mark }) => sides.has(mark));
    this.fill(wanted.map((label) => ({ ...label, only: sides.get(label.mark) })), sight, width); // prettier-ignore
  }

  /** The name under a point. */
  at(x: number, y: number): PlacedLabel | undefined {
    return this.placed.find(
      ({ left, top, width, height }) => x >= left && x <= left + width && y >= top && y <= top + height,
    );
  }

  private fill(labels: Iterable<Label>, { size, projected }: Sight, width: (label: Label) => number): void {
    const most = Math.ceil((size.width * size.height) / LABEL_AREA);
    const shy = this.candidates.flatMap((id) => circle(projected, id));
    this.placed = placeLabels(labels, { ...size, taken: this.taken, shy }, most, width);
  }

  private *wanted(sight: Sight): IterableIterator<Label> {
    const { situation, projected } = sight;
    const { processes, selected, matches, measures, colour, ns } = situation;
    const detail = (id: number): string => {
      const value = heatOf(measures, colour, id);
      return colour === 'none' || value <= 0 ? '' : heatText(colour, value);
    };
    if (selected > 0) {
      const mark = markOf(situation, selected);
      if (projected.depth[mark]! > 0 && mark === selected)
        yield label(projected, mark, 'selected', processName(processes[selected - 1]!), detail(selected));
    }
    yield* islandNames(sight);
    for (const [i, id] of this.candidates.entries()) {
      if (id === selected || projected.radius[id] === 0 || !livesAt(processes[id - 1]!, ns)) continue;
      if (matches === undefined ? projected.radius[id]! < LEAST_RADIUS : matches[id] === 0) continue;
      yield label(projected, id, 'process', processName(processes[id - 1]!), i < VALUES ? detail(id) : '');
    }
  }
}

/** The largest application first: a closed one beside its mark, an open one at the far rim of its circle. */
function* islandNames({ situation, cast, projected, stage, yaw }: Sight): IterableIterator<Label> {
  const { graph, closed, positions, flat } = situation;
  const order = graph.islands.map((_, i) => i).sort((a, b) => graph.islands[b]!.size - graph.islands[a]!.size);
  for (const i of order) {
    const mark = markOfIsland(graph, i);
    const island = graph.islands[i]!;
    if (projected.depth[mark] === 0) continue;
    if (closed.has(island.key)) {
      if (projected.radius[mark]! > 0) yield label(projected, mark, 'island', `▸ ${island.label}`, '');
      continue;
    }
    if (graph.islands.length === 1) continue;
    const [x, z, radius] = islandsOf(positions, flat).subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
    const turned = flat ? 0 : yaw;
    const rim = stage.projectPoint(x - Math.sin(turned) * radius, cast.levels[i]!, z - Math.cos(turned) * radius);
    if (rim !== undefined)
      yield { ...label(projected, mark, 'island', `▾ ${island.label}`, ''), x: rim.x, y: rim.y, radius: 0 };
  }
}

function label(at: Projected, mark: number, kind: Label['kind'], text: string, detail: string): Label {
  return {
    text: short(text),
    detail,
    x: at.x[mark]!,
    y: at.y[mark]!,
    radius: at.radius[mark]!,
    kind,
    mark,
  };
}

/** What a mark covers that is large enough to be missed. */
function circle(at: Projected, mark: number): Box[] {
  const radius = at.radius[mark]!;
  if (radius < SEEN_RADIUS) return [];
  // Inside of the circle: a name may well touch its rim.
  const inner = radius * 0.8;
  return [{ left: at.x[mark]! - inner, top: at.y[mark]! - inner, width: 2 * inner, height: 2 * inner }];
}

/** Cut between characters, never inside of one. */
const short = (text: string): string =>
  text.length <= LONGEST ? text : `${[...text].slice(0, LONGEST - 1).join('')}…`;
