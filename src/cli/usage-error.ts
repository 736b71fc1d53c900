/** What the person typed cannot be done; the message says what would. */
export class UsageError extends Error {
  override name = 'UsageError';
}
