import type { ProcessNumber, SeqNumber } from './protocol.js';

export interface OccasionsResult {
  /** Log events of level error and above. */
  errors: { process: ProcessNumber; seq: SeqNumber; ns: number; text: string }[];
  /** `process` took the place of `before`, which had ended. */
  restarts: { process: ProcessNumber; before: ProcessNumber; seq: SeqNumber; ns: number }[];
  /** Looked up to here; ask again from it. */
  seq: SeqNumber;
  done: boolean;
}
export interface OccasionsMethods {
  occasions: { params: { seq: SeqNumber }; result: OccasionsResult };
}
