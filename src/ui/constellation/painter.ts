/** Hands the stage what has changed, has it draw, and knows where the marks lie on the screen since. */
import type { Session } from '../state/session.js';
import type { Camera } from './camera.js';
import type { SystemData } from './data.js';
import { sightNs, type Flights } from './flights.js';
import { emptyProjection, type Projected } from './pick.js';
import { castOf, dotsOf, linesOf, markOf, type Cast, type LinesDrawn, type Situation } from './picture.js';
import type { Stage } from './stage.js';
import type { Viewpoint } from './viewpoint.js';

/** After so long without a change the picture is drawn once more, as well as the stage can. */
const REST_MS = 160;

/** What is not as it was drawn. Names and circles over the picture are drawn with each of them. */
export interface Dirty {
  cast: boolean;
  lines: boolean;
  dots: boolean;
  /** Who matters most. */
  top: boolean;
  /** Where one looks from, or how well it is drawn. */
  scene: boolean;
}

export class Painter {
  cast: Cast | undefined;
  lines: LinesDrawn | undefined;
  projected: Projected = emptyProjection(0);
  dots = 0;
  /** Dots are drawn for all messages under way. */
  dotsComplete = true;
  private linesKey: unknown[] = [];
  /** Nothing but the camera has changed since the picture before, and it may move on. */
  moving = false;
  private camera: Camera | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private atRest = false;

  /** `rest` is called when a better picture is due: with smooth edges, and with names for what came into view. */
  constructor(
    private readonly session: Session,
    private readonly stage: Stage,
    private readonly data: SystemData,
    private readonly flights: Flights,
    private readonly viewpoint: Viewpoint,
    private readonly rest: () => void,
  ) {}

  close(): void {
    clearTimeout(this.timer);
  }

  draw(situation: Situation, dirty: Dirty): Cast {
    if (dirty.cast || this.cast === undefined) this.assign(situation);
    const cast = this.cast!;
    this.moving = false;
    if (!dirty.scene) return cast;
    const { stage, viewpoint, session } = this;
    this.drawLines(situation, cast, dirty.lines);
    if (dirty.dots || dirty.cast) this.drawDots(situation, cast);
    if (session.state.follow && situation.selected > 0)
      viewpoint.lookAt(cast.marks.positions, markOf(situation, situation.selected));
    const turned = this.camera !== viewpoint.camera;
    this.moving = turned && !dirty.cast && !dirty.top;
    // Where pictures take long, it may have moved on by the time that rest is over.
    if (turned || dirty.cast || dirty.dots) this.atRest = false;
    this.camera = viewpoint.camera;
    stage.setCamera(viewpoint.camera, situation.flat);
    stage.render(this.atRest);
    stage.project(this.projected);
    this.restLater();
    return cast;
  }

  /** Where a mark is seen, at least so large; undefined: it is not. */
  circleOf(mark: number, least: number): { x: number; y: number; radius: number } | undefined {
    const { projected } = this;
    const radius = projected.radius[mark];
    if (mark <= 0 || radius === undefined || radius === 0) return undefined;
    return { x: projected.x[mark]!, y: projected.y[mark]!, radius: Math.max(least, radius) };
  }

  private assign(situation: Situation): void {
    this.cast = castOf(situation);
    const { marks, rings } = this.cast;
    this.stage.setMarks(marks);
    this.stage.setRings(rings);
    if (this.projected.count !== marks.radii.length) this.projected = emptyProjection(marks.radii.length);
  }

  private drawLines(situation: Situation, cast: Cast, changed: boolean): void {
    const { traffic, links } = this.data;
    const { selected, closed, colours, graph, matches } = situation;
    const key = [cast.key, traffic, selected, closed, colours, links, graph, matches];
    if (!changed && key.every((each, i) => each === this.linesKey[i])) return;
    this.linesKey = key;
    this.lines = linesOf(situation, cast, traffic, links);
    this.stage.setLines(this.lines.lines);
  }

  private drawDots(situation: Situation, cast: Cast): void {
    const { speed, playing } = this.session.state;
    const sight = sightNs(speed);
    const { flights, complete } = this.flights.around(situation.ns, sight, playing);
    const dots = dotsOf(situation, cast, flights, sight);
    this.stage.setDots(dots);
    this.dots = dots.count;
    this.dotsComplete = complete;
  }

  private restLater(): void {
    clearTimeout(this.timer);
    if ((this.stage.sharpens || this.moving) && !this.atRest)
      this.timer = setTimeout(() => {
        this.atRest = true;
        this.rest();
      }, REST_MS);
    this.atRest = false;
  }
}
