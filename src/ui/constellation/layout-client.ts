/** Has the places computed by the worker, or, where there is none, here. */
import type { Graph } from './graph.js';
import { grow, relax, seed, type Positions } from './layout.js';
import type { LayoutReply, LayoutRequest } from './worker.js';

export type Placed = (graph: Graph, positions: Positions, final: boolean) => void;

export class LayoutClient {
  private worker: Worker | undefined;
  private lastId = 0;
  private graph: Graph | undefined;

  constructor(private readonly placed: Placed) {
    try {
      this.worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
      this.worker.onmessage = ({ data }: MessageEvent<LayoutReply>) => {
        // A newer graph is under way: this answer would be replaced at once.
        if (data.id === this.lastId && this.graph !== undefined) this.placed(this.graph, data.positions, data.final);
      };
      this.worker.onerror = () => {
        this.worker?.terminate();
        this.worker = undefined;
      };
    } catch {
      this.worker = undefined;
    }
  }

  lay(graph: Graph, links: Int32Array, known: LayoutRequest['known']): void {
    this.graph = graph;
    const request: LayoutRequest = { id: ++this.lastId, graph, links, known };
    if (this.worker !== undefined) {
      this.worker.postMessage(request);
      return;
    }
    const positions = known === undefined ? seed(graph) : grow(graph, known);
    if (known === undefined) relax(graph, positions, links);
    this.placed(graph, positions, true);
  }

  close(): void {
    this.worker?.terminate();
    this.lastId++;
  }
}
