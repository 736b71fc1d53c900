export { align, alignAll, type Aligned, type AlignOptions, type Row, type RowKind, type Side } from './align.js';
export { differencesOf, sameTerms, termDifferences, type Difference } from './difference.js';
export { Execution } from './execution.js';
export { DifferenceSearch, type DifferenceKind, type FirstDifference } from './first-difference.js';
export { counterpart, matchProcesses, type Matched, type ProcessPair } from './match.js';
export { SystemComparison, type PairDifference, type PairResult } from './system.js';
