/** Where the processes of a session lie: the graph of those there are, and places only for those that have none yet. */
import type { Session } from '../state/session.js';
import { buildGraph, type Graph } from './graph.js';
import type { Positions } from './layout.js';
import { LayoutClient } from './layout-client.js';

/** A graph that grew by more is laid out anew. */
const GROWTH = 1.2;
const SETTLE_MS = 100;

/** Pairs of processes that pull each other close, and whether all of them are known. */
interface Ties {
  readonly links: Int32Array;
  readonly linksDone: boolean;
}

export class Places {
  graph: Graph | undefined;
  positions: Positions | undefined;
  /** They will stay: everything that decides about them is known. */
  final = false;
  private readonly layout: LayoutClient;
  private version = -1;
  private settled = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `placed` is told `true` as long as the places before were not there to stay. */
  constructor(
    private readonly session: Session,
    private readonly ties: Ties,
    private readonly placed: (first: boolean) => void,
  ) {
    this.layout = new LayoutClient((graph, positions, final) => {
      this.take(graph, positions, final);
    });
  }

  close(): void {
    clearTimeout(this.timer);
    this.layout.close();
  }

  /** `again`: although the processes are those that were placed last, something else has become known. */
  plant(again = false): void {
    const { processesVersion } = this.session.state;
    if (this.session.processes.length === 0) return;
    if (!this.ties.linksDone && this.version >= 0) return;
    if (processesVersion === this.version && !again) return;
    // Half a table, or rough times, would give other places than the whole: good for a first picture only.
    clearTimeout(this.timer);
    const { settled } = this.session.tables;
    if (!settled) {
      this.timer = setTimeout(() => {
        this.plant(true);
      }, SETTLE_MS);
      if (this.version >= 0) return;
    }
    this.version = processesVersion;
    this.settled = settled;
    const graph = buildGraph(this.session.processes);
    // While a long table of processes still comes it grows by thousands: then all are placed anew, which takes less than finding each a gap.
    const few = this.graph !== undefined && graph.processes <= this.graph.processes * GROWTH;
    const known =
      few && this.final && this.positions !== undefined ? { graph: this.graph!, positions: this.positions } : undefined;
    const between = this.ties.links.map((process) => graph.placeOf[process] ?? 0);
    this.layout.lay(graph, between, known);
  }

  private take(graph: Graph, positions: Positions, final: boolean): void {
    const first = !this.final;
    this.graph = graph;
    this.positions = positions;
    // Without the links it is only a first picture, however well it is laid out.
    this.final = final && this.ties.linksDone && this.settled;
    this.placed(first);
    if (this.session.state.processesVersion !== this.version) this.plant();
  }
}
