/** What is asked about one thing on top of the moment: an event in full, the way of a value. */
import type { Session } from './session.js';

export class Details {
  constructor(private readonly session: Session) {}

  show(seq: number): void {
    this.session.store.set({ event: seq, detail: undefined });
    void this.fetch(seq);
  }

  close(): void {
    this.session.store.set({ event: 0, detail: undefined });
  }

  async fetch(seq: number): Promise<void> {
    const { session } = this;
    try {
      const detail = await session.client.ask('event', { seq }, 'detail');
      if (session.state.event === seq) session.store.set({ detail });
    } catch (error) {
      session.fail(error);
    }
  }

  /** Who gave this part of the state its value? Of the selected process at the moment, unless told. */
  async askOrigin(path: string[], of?: { process: number; seq: number }): Promise<void> {
    const { session } = this;
    const { panel } = session.state;
    const asked = of ?? (panel && { process: panel.process, seq: panel.at.seq });
    if (asked === undefined) return;
    const question = { ...asked, path };
    session.store.set({ origin: { ...question, result: undefined } });
    try {
      const at = { seq: asked.seq };
      const result = await session.client.ask('valueTrail', { process: asked.process, at, path }, 'origin');
      if (session.state.origin?.path === path) session.store.set({ origin: { ...question, result } });
    } catch (error) {
      session.store.set({ origin: undefined });
      session.fail(error);
    }
  }
}
