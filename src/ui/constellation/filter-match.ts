/** Which processes the filter of the lanes matches, worked out once for each filter. */
import { parseFilter } from '../model/lane-filter.js';
import type { Session } from '../state/session.js';
import type { Graph } from './graph.js';

export class FilterMatch {
  private key: unknown[] = [];
  private matches: Uint8Array | undefined;

  constructor(private readonly session: Session) {}

  /** 1: matches, by number; undefined: there is no filter. */
  of(graph: Graph): Uint8Array | undefined {
    const { session } = this;
    const { filter, info, pinned } = session.state;
    const key = [filter, graph, pinned, session.crashes.length];
    if (key.every((each, i) => each === this.key[i])) return this.matches;
    const wanted = parseFilter(filter, {
      nodes: info?.nodes.map((node) => node.name) ?? [],
      crashed: new Set(session.crashes.map((crash) => crash.process)),
      pinned: new Set(pinned),
    });
    let matches: Uint8Array | undefined;
    if (wanted !== undefined) {
      matches = new Uint8Array(graph.processes + 1);
      for (let id = 1; id <= graph.processes; id++) if (wanted(session.processes[id - 1]!)) matches[id] = 1;
    }
    this.key = key;
    this.matches = matches;
    return matches;
  }
}
