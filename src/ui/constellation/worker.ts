/** Places processes away from the thread that draws. Answers twice: the tree at once, then what the relaxation made of it. */
import type { Graph } from './graph.js';
import { grow, relax, seed, type Positions } from './layout.js';

export interface LayoutRequest {
  id: number;
  graph: Graph;
  /** Pairs of places. */
  links: Int32Array;
  /** Set where the graph has grown: then nothing moves. */
  known: { graph: Graph; positions: Positions } | undefined;
}
export interface LayoutReply {
  id: number;
  positions: Positions;
  final: boolean;
}

onmessage = ({ data }: MessageEvent<LayoutRequest>): void => {
  layOut(data, (reply) => {
    postMessage(reply);
  });
};

function layOut({ id, graph, links, known }: LayoutRequest, reply: (reply: LayoutReply) => void): void {
  if (known !== undefined) {
    reply({ id, positions: grow(graph, known), final: true });
    return;
  }
  const positions = seed(graph);
  reply({ id, positions, final: false });
  relax(graph, positions, links);
  reply({ id, positions, final: true });
}
