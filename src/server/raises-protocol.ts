import type { ProcessNumber, SeqNumber } from './protocol.js';

/** An exception that left recorded functions, once. */
export interface RaiseView {
  process: ProcessNumber;
  seq: SeqNumber;
  ns: number;
  /** The innermost and the outermost recorded function that it left. */
  fn: string;
  outermost: string;
  /** What was raised, in one line. */
  text: string;
  /** It ended a test. */
  test: boolean;
}
export interface RaisesResult {
  /** In order; none before all are found. */
  raises: RaiseView[];
  /** There are more than these. */
  more: boolean;
  /** Not yet: ask again. */
  done: boolean;
}
export interface RaisesMethods {
  raises: { params: Record<string, never>; result: RaisesResult };
}
