/** What is fetched as a whole, and then only what is new: processes, crashes, changes of depth. The state only counts their versions. */
import type { CrashView, PlanView, ProcessView } from '../../server/index.js';
import type { Session } from './session.js';

const MAX_PLANS = 20_000;
/** Of processes: few at first, so that there are lanes soon. */
const FIRST_PAGE = 400;
const PAGE = 5_000;
/** Between two questions for what the server looks up little by little. */
const PAUSE_MS = 20;
/** The rest of a long table waits for the first picture, but no longer than this. */
const PICTURE_MS = 1_500;
const PLANS_MS = 1_500;

export class Tables {
  /** By number - 1. */
  readonly processes: ProcessView[] = [];
  readonly crashes: CrashView[] = [];
  readonly plans: PlanView[] = [];
  /** Of the processes, as the server counts. */
  version = 0;
  private crashSeq = 0;
  private planSeq = 0;
  private fetchingProcesses = false;
  private fetchingLives = false;
  private fetchingCrashes = false;
  private fetchingPlans = false;
  private plansTimer: ReturnType<typeof setTimeout> | undefined;

  /** Called when there is a first picture to look at. */
  shown: () => void = () => undefined;
  private readonly picture = new Promise<void>((resolve) => {
    this.shown = resolve;
    setTimeout(resolve, PICTURE_MS);
  });

  constructor(private readonly session: Session) {}

  /** All processes are here, with their exact times; only a live recording brings more. */
  get settled(): boolean {
    return !this.fetchingProcesses && !this.fetchingLives;
  }

  /** `some`: called once the first of them are here. */
  async fetchProcesses(some: () => void = () => undefined): Promise<void> {
    if (this.fetchingProcesses) return;
    this.fetchingProcesses = true;
    try {
      let after = 0;
      // What follows from the table costs time for each of its rows: again only when it has doubled.
      let shown = 0;
      for (let limit = FIRST_PAGE; ; limit = PAGE) {
        const page = await this.session.client.ask('processes', { since: this.version, after, limit });
        for (const process of page.processes) this.processes[process.id - 1] = process;
        after = page.processes.at(-1)?.id ?? after;
        if (!page.more || this.processes.length >= shown * 2) {
          shown = this.processes.length;
          this.changed();
        }
        if (page.more) {
          some();
          if (limit === FIRST_PAGE) await this.picture;
          continue;
        }
        this.version = page.version;
        if (page.rough) void this.fetchLives();
        break;
      }
    } finally {
      this.fetchingProcesses = false;
    }
  }

  private changed(): void {
    this.session.store.set({ processesVersion: this.session.state.processesVersion + 1 });
  }

  /** The exact times of births and ends, where those that came first are rough. */
  private async fetchLives(): Promise<void> {
    if (this.fetchingLives) return;
    this.fetchingLives = true;
    try {
      for (let after = 0; ;) {
        const { meta, spawnNs, exitNs } = await this.session.client.askColumns('lives', { after });
        spawnNs.forEach((ns, i) => {
          const process = this.processes[after + i];
          if (process === undefined) return;
          process.spawnNs = ns;
          process.exitNs = exitNs[i]!;
        });
        after += spawnNs.length;
        if (meta.exact && !meta.more) break;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
      this.changed();
    } catch (error) {
      this.session.fail(error);
    } finally {
      this.fetchingLives = false;
    }
  }

  async fetchCrashes(): Promise<void> {
    if (this.fetchingCrashes) return;
    this.fetchingCrashes = true;
    try {
      for (;;) {
        const page = await this.session.client.ask('crashes', { seq: this.crashSeq });
        this.crashes.push(...page.crashes);
        this.crashSeq = page.seq;
        if (page.crashes.length > 0) this.session.store.set({ crashesVersion: this.session.state.crashesVersion + 1 });
        if (page.done) break;
      }
      await this.fetchPlans();
    } catch (error) {
      this.session.fail(error);
    } finally {
      this.fetchingCrashes = false;
    }
  }

  /** While a recording grows: looks for changes of depth now and then. */
  keepPlans(): void {
    if (this.plansTimer !== undefined) return;
    this.plansTimer = setTimeout(() => {
      this.plansTimer = undefined;
      this.fetchPlans().catch((error: unknown) => {
        this.session.fail(error);
      });
    }, PLANS_MS);
  }

  private async fetchPlans(): Promise<void> {
    const { info } = this.session.state;
    if (this.fetchingPlans || (info?.kinds['plan'] === undefined && info?.live !== true)) return;
    this.fetchingPlans = true;
    try {
      for (;;) {
        const page = await this.session.client.ask('plans', { seq: this.planSeq });
        this.plans.push(...page.plans);
        this.planSeq = page.seq;
        if (page.plans.length > 0) this.session.store.set({ plansVersion: this.session.state.plansVersion + 1 });
        if (page.done || this.plans.length > MAX_PLANS) break;
      }
    } finally {
      this.fetchingPlans = false;
    }
  }
}
