export {
  DepthError,
  parseDepthRule,
  parseFunctions,
  matchesModule,
  meansFunction,
  printDepthRule,
  printFunctions,
  type DepthRule,
  type OwnCode,
} from './depths.js';
export { beamSource, readBeam } from './beam-code/read-beam.js';
export { CodeError } from './beam-code/iff.js';
export { moduleName, type FunctionFacts, type ModuleFacts } from './facts.js';
export { makePlan, type PlanOptions } from './make-plan.js';
export {
  countDepths,
  parsePlan,
  planRules,
  PLAN_FILE,
  PLAN_VERSION,
  PlanError,
  printPlanJson,
  type Plan,
  type PlannedFunction,
  type PlanRule,
} from './plan.js';
export { ownDirectories, type OwnDirectories } from './own-code.js';
export { printPlan } from './print-plan.js';
export { readProject, type Project, type ProjectOptions } from './project.js';
