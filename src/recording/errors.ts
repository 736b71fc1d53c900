/** A recording that cannot be read or written. The message says what is wrong and what to do about it. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}
