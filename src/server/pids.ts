/** From pids, as they stand in terms, to processes. A pid may have belonged to several; the one alive at the moment wins. */
import type { Moment, Recording } from '../recording/index.js';

export class Pids {
  private readonly byPid = new Map<string, number[]>();
  private readonly childrenOf = new Map<number, number[]>();
  private known = 0;

  constructor(private readonly recording: Recording) {}

  find(node: number, number: number, serial: number, at: Moment): number {
    this.update();
    const candidates = this.byPid.get(`${String(node)} ${String(number)} ${String(serial)}`);
    if (candidates === undefined) return 0;
    const processes = this.recording.processes();
    let best = 0;
    for (const id of candidates) {
      const info = processes[id - 1]!;
      if (info.spawnSeq > at.seq && best !== 0) continue;
      best = id;
    }
    return best;
  }

  /** In order of birth. */
  children(process: number): readonly number[] {
    this.update();
    return this.childrenOf.get(process) ?? [];
  }

  private update(): void {
    const processes = this.recording.processes();
    for (; this.known < processes.length; this.known++) {
      const info = processes[this.known]!;
      append(this.byPid, `${String(info.node)} ${String(info.number)} ${String(info.serial)}`, info.id);
      if (info.parent > 0) append(this.childrenOf, info.parent, info.id);
    }
  }
}

function append<K>(map: Map<K, number[]>, key: K, id: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [id]);
  else list.push(id);
}
