/** One of the two that are compared: a recording, and what of its terms means something beyond it. */
import type { Recording } from '../recording/index.js';
import { Canon } from './canon.js';
import { EventKeys } from './event-keys.js';
import { Roles } from './roles.js';

export class Execution {
  readonly roles: Roles;
  readonly keys: EventKeys;
  private readonly canons: Canon[] = [];

  constructor(readonly recording: Recording) {
    this.roles = new Roles(recording);
    this.keys = new EventKeys(this);
  }

  /** For terms of a process on this node. */
  canon(node: number): Canon {
    return (this.canons[node] ??= new Canon(this.roles, node));
  }
  canonOf(process: number): Canon {
    return this.canon(this.recording.processes()[process - 1]?.node ?? 0);
  }
}
