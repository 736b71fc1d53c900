/** A question that cannot be answered; the message says why, in words for the person who asked. */
export class SqlError extends Error {
  override name = 'SqlError';
}
