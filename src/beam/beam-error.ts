import { printTerm, type Term } from '../term/index.js';

export type BeamErrorCode =
  | 'name' //     not a node's name
  | 'cookie' //   no cookie, an unsafe cookie file, or a cookie that the node refuses
  | 'epmd' //     no EPMD answers on that host
  | 'unknown' //  EPMD does not know the name
  | 'host' //     the host cannot be resolved or reached
  | 'refused' //  the node does not want us, or speaks something that we do not
  | 'tls' //      the node speaks TLS
  | 'protocol' // the node sent what it must not send
  | 'timeout'
  | 'closed';

/** Something between us and a node does not work. The message is for the person: what is wrong and what to do about it. */
export class BeamError extends Error {
  constructor(
    readonly code: BeamErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'BeamError';
  }
}

/** A call on the node raised, exited or threw. `reason` is what it gave. */
export class RemoteError extends Error {
  constructor(
    readonly call: string,
    readonly reason: Term,
  ) {
    super(`${call} failed on the node: ${printTerm(reason, { syntax: 'erlang', maxLength: 2000 })}`);
    this.name = 'RemoteError';
  }
}
