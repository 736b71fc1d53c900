/** The plan of a recording, in its folder: what it began with, and every change that was asked for since. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLAN_FILE, printFunctions, printPlanJson, type DepthRule, type Plan } from '../plan/index.js';

export class PlanFile {
  readonly #path: string;
  #plan: Plan;

  /** @param recording folder of the recording */
  constructor(recording: string, plan: Plan) {
    this.#path = join(recording, PLAN_FILE);
    this.#plan = plan;
    this.#write();
  }

  add(rules: readonly DepthRule[], reason: string): void {
    this.#plan = withRules(this.#plan, rules, reason);
    this.#write();
  }

  #write(): void {
    const next = `${this.#path}.next`;
    writeFileSync(next, printPlanJson(this.#plan));
    renameSync(next, this.#path);
  }
}

/** A plan with further rules, which win over what it says. */
export const withRules = (plan: Plan, rules: readonly DepthRule[], reason: string): Plan => ({
  ...plan,
  rules: [...plan.rules, ...rules.map((rule) => ({ glob: printFunctions(rule), depth: rule.depth, reason }))],
});
