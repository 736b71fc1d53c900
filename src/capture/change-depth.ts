/** Asks the recorder of a recording that is being written for something. */
import { readFileSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { Answer, CONTROL_VERSION, Door, DOOR_FILE, MAX_LINE, type Request } from './control-messages.js';
import type { DepthRule } from '../plan/index.js';
import { isWorkplace } from './workplace.js';

const PATIENCE_MS = 10_000;

/** Why nothing could be changed; `message` is for a person. */
export class ControlError extends Error {
  override name = 'ControlError';
}

/** Whether a recording is being written by a recorder that takes wishes. */
export const takesChanges = (recording: string): boolean => findDoor(recording) !== undefined;

/**
 * Records functions deeper or less deep from now on; these rules win over all that were given before.
 *
 * @param recording folder of a recording that is being written
 * @returns how many nodes were told
 * @throws ControlError
 */
export async function changeDepth(recording: string, changes: readonly DepthRule[]): Promise<{ nodes: number }> {
  const answer = await ask(recording, { version: CONTROL_VERSION, ask: 'depth', changes: [...changes] });
  if (!answer.ok) throw new ControlError(answer.error);
  return { nodes: answer.nodes };
}

/** The socket that a recording names, if one is there that can be a recorder's: the file may come from anywhere. */
function findDoor(recording: string): string | undefined {
  try {
    const { socket } = Door.parse(JSON.parse(readFileSync(join(recording, DOOR_FILE), 'utf8')));
    const stat = statSync(socket);
    const ours = stat.isSocket() && stat.uid === process.getuid?.();
    return ours && isWorkplace(dirname(socket)) && basename(socket) === 'control' ? socket : undefined;
  } catch {
    return undefined;
  }
}

function ask(recording: string, request: Request): Promise<Answer> {
  const door = findDoor(recording);
  if (door === undefined) return Promise.reject(new ControlError(ENDED));
  return new Promise((resolve, reject) => {
    const socket = createConnection(door);
    const timer = setTimeout(() => fail('the recorder does not answer'), PATIENCE_MS);
    const fail = (why: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new ControlError(why));
    };
    let text = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('error', () => fail(ENDED));
    socket.on('close', () => fail(ENDED));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MAX_LINE) return fail('the recorder says too much');
      const end = text.indexOf('\n');
      if (end < 0) return;
      const answer = safely(text.slice(0, end));
      if (!answer) return fail('the recorder answers in a way that this version does not know');
      clearTimeout(timer);
      resolve(answer);
      socket.end();
    });
  });
}

const ENDED =
  'this recording is not being written any more (or not by this user on this machine): nothing can be changed';

function safely(line: string): Answer | undefined {
  try {
    return Answer.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
