import type { RpcError } from './protocol.js';

/** A question that has no answer; the message is for the person who asked. */
export class RpcFailure extends Error {
  constructor(
    readonly code: RpcError['code'],
    message: string,
  ) {
    super(message);
  }
}
