/** The recording as it is opened, and as it grows: what is fetched first, and what a tick of the server changes. */
import type { Tick } from '../../server/index.js';
import { AskError } from '../net/client.js';
import type { Address } from './address.js';
import type { Session } from './session.js';

export class Opening {
  constructor(
    private readonly session: Session,
    private readonly address: Address,
  ) {}

  /** After each connection. */
  async begin(): Promise<void> {
    const { session, address } = this;
    const { tables } = session;
    try {
      const info = await session.client.ask('info', {});
      const first = !address.started;
      session.store.set({ link: 'open', info, failure: undefined });
      document.title = `${info.title} · ElixirScope`;
      await new Promise<void>((resolve, reject) => {
        tables.fetchProcesses(resolve).then(resolve, reject);
      });
      if (first) {
        const wanted = address.wanted;
        const explicit = wanted.momentNs !== undefined || wanted.momentSeq !== undefined;
        session.store.set({
          window: session.wholeWindow(),
          moment: { ns: info.end.ns, seq: info.end.seq },
          following: info.live && !explicit,
        });
        // From here on the address follows the view; before, it would have been overwritten with an empty one.
        address.started = true;
        address.read();
        if (!explicit && !info.live) session.refreshPanel();
      } else session.refreshPanel();
      void tables.fetchCrashes();
      void session.marks.fetch();
    } catch (error) {
      if (error instanceof AskError && error.code === 'lost') return;
      session.store.set({ failure: error instanceof Error ? error.message : String(error) });
    }
  }

  tick(tick: Tick['tick']): void {
    const { session } = this;
    const { tables } = session;
    const { info, following } = session.state;
    session.compare.tick(tick.otherSeq);
    if (info === undefined) return;
    session.marks.tick(tick.marks);
    if (tick.endSeq === info.end.seq && tick.live === info.live && tick.version === tables.version) return;
    const end = { seq: tick.endSeq, ns: Math.max(tick.ns, info.end.ns) };
    const { events, processes, live } = tick;
    const next = { ...info, end, ns: Math.max(tick.ns, info.ns), events, processes, live };
    if (following) {
      const window = session.window.grown(end.ns);
      session.store.set({ info: next, moment: { ns: end.ns, seq: end.seq }, window });
      session.refreshPanel();
    } else session.store.set({ info: next });
    if (!next.live && info.live)
      void session.client.ask('info', {}).then((whole) => {
        session.store.set({ info: whole, following: false });
      });
    if (tick.version !== tables.version) void tables.fetchProcesses().then(() => tables.fetchCrashes());
    tables.keepPlans();
  }
}
