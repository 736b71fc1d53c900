/** Bytes that are not a term, or a term that cannot be written. The message is a sentence; `offset` is where, if known. */
export class TermError extends Error {
  readonly offset: number | undefined;
  constructor(message: string, offset?: number) {
    super(offset === undefined ? message : `${message} (at byte ${offset})`);
    this.name = 'TermError';
    this.offset = offset;
  }
}
