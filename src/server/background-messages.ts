/** What the server and its thread for the background say to each other. */
import type { Column } from './binary.js';
import type { RpcError } from './protocol.js';
import type { CheckedRequest } from './schemas.js';

export interface ToBackground {
  id: number;
  request: CheckedRequest;
  /** What the server has seen of the recording: the thread shall have seen it too. */
  endSeq: number;
  live: boolean;
}

export type FromBackground =
  /** The recording is open there. */
  | { ready: true }
  | { id: number; result: unknown }
  | { id: number; meta: unknown; columns: Record<string, Column> }
  | { id: number; error: RpcError }
  /** Its files cannot be read from there, or not all of them: whoever has it open must look itself. */
  | { id: number; elsewhere: true };
