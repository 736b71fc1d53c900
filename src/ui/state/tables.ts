/** What is fetched as a whole, and then only what is new: processes, crashes, changes of depth. The state only counts their versions. */
import type { CrashView, PlanView, ProcessView } from '../../server/index.js';
import type { Session } from './session.js';

const MAX_PLANS = 20_000;
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
  private fetchingCrashes = false;
  private fetchingPlans = false;
  private plansTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly session: Session) {}

  async fetchProcesses(): Promise<void> {
    if (this.fetchingProcesses) return;
    this.fetchingProcesses = true;
    try {
      let after = 0;
      for (;;) {
        const page = await this.session.client.ask('processes', { since: this.version, after });
        for (const process of page.processes) this.processes[process.id - 1] = process;
        after = page.processes.at(-1)?.id ?? after;
        if (!page.more) {
          this.version = page.version;
          break;
        }
      }
      this.session.store.set({ processesVersion: this.session.state.processesVersion + 1 });
    } finally {
      this.fetchingProcesses = false;
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
