/**
 * What a node that does nothing says to another: it answers a ping, and refuses the rest in the way that the protocol wants.
 */
import { atom, int, tuple, type PidTerm, type Term } from '../../term/index.js';
import { Op } from './control.js';
import { samePid } from './identity.js';
import type { Message } from './message-reader.js';

/** A control message, and its payload where it has one. */
export type Reply = readonly [control: Term, payload?: Term];

/** The reply to a message that asks our node, not one of our processes, for something. */
export function courtesy({ operation, fields, payload }: Message, self: PidTerm): Reply | undefined {
  const [, one, two, three] = fields;
  switch (operation) {
    case Op.REG_SEND:
    case Op.REG_SEND_TT:
      return payload && pinged(three, payload, self);
    case Op.UNLINK_ID:
      return one && two && three && [tuple(int(Op.UNLINK_ID_ACK), one, three, two)];
    case Op.LINK:
      if (!one || !two || samePid(self, two)) return undefined;
      return [tuple(int(Op.PAYLOAD_EXIT), two, one), atom('noproc')];
    case Op.MONITOR_P:
      if (!one || !two || !three || samePid(self, two) || isAtom(two, 'net_kernel')) return undefined;
      return [tuple(int(Op.PAYLOAD_MONITOR_P_EXIT), two, one, three), atom('noproc')];
    case Op.SPAWN_REQUEST:
    case Op.SPAWN_REQUEST_TT:
      return one && two && [tuple(int(Op.SPAWN_REPLY), one, two, int(0), atom('notsup'))];
    default:
      return undefined;
  }
}

/** A node that is asked for us (`net_adm:ping`) asks our net_kernel. */
function pinged(name: Term | undefined, message: Term, self: PidTerm): Reply | undefined {
  if (!isAtom(name, 'net_kernel') || message.kind !== 'tuple') return undefined;
  const [tag, from, request] = message.elements;
  if (!isAtom(tag, '$gen_call') || from?.kind !== 'tuple' || request?.kind !== 'tuple') return undefined;
  const [pid, reference] = from.elements;
  if (pid?.kind !== 'pid' || reference === undefined || !isAtom(request.elements[0], 'is_auth')) return undefined;
  return sending(self, pid, tuple(reference, atom('yes')));
}

/** A message to a process, or to a registered name. */
export const sending = (self: PidTerm, to: PidTerm | string, message: Term): Reply =>
  typeof to === 'string'
    ? [tuple(int(Op.REG_SEND), self, atom(''), atom(to)), message]
    : [tuple(int(Op.SEND), atom(''), to), message];

const isAtom = (term: Term | undefined, name: string): boolean => term?.kind === 'atom' && term.name === name;
