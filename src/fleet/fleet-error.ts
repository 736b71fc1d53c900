import { RecordingError } from '../recording/index.js';

/** What a server or a store far away refused or could not do. The message says what is wrong and what to do about it; it names no password. */
export class FleetError extends RecordingError {
  /** `again`: the same may work in a moment. */
  constructor(
    message: string,
    readonly again = false,
  ) {
    super(message);
  }
}
