/** In which order a browser is answered. */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { Connection } from './connection.js';
import type { Reply } from './protocol.js';

class Socket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly said: Reply[] = [];
  send(text: string): void {
    this.said.push(JSON.parse(text) as Reply);
  }
  terminate(): void {
    this.readyState = 3;
  }
}

function connected(answer = (method: string): unknown => method): {
  socket: Socket;
  ask: (id: number, method: string, params: unknown, lane?: string) => void;
} {
  const socket = new Socket();
  new Connection(socket as unknown as WebSocket, (request) => answer(request.method));
  const ask = (id: number, method: string, params: unknown, lane?: string): void => {
    socket.emit('message', Buffer.from(JSON.stringify({ id, method, params, ...(lane === undefined ? {} : { lane }) })), false); // prettier-ignore
  };
  return { socket, ask };
}
const here = { at: { seq: 1 }, process: 0, each: 1, changes: 0 };
async function answers(socket: Socket, n: number): Promise<number[]> {
  while (socket.said.length < n) await sleep(5);
  return socket.said.map(({ id }) => id);
}

it('answers a step first, then what is looked at, and last what is only looked through', async () => {
  const { socket, ask } = connected();
  ask(1, 'overview', { bins: 4 });
  ask(2, 'events', { at: { seq: 1 }, before: 1, after: 1 });
  ask(3, 'interesting', { seq: 0 });
  ask(4, 'events', { at: { seq: 2 }, before: 1, after: 1 });
  ask(5, 'here', here);
  expect(await answers(socket, 5)).toEqual([5, 2, 4, 1, 3]);
});

it('does not let those wait for ever while somebody steps on and on', async () => {
  const { socket, ask } = connected();
  ask(1, 'here', here);
  ask(2, 'overview', { bins: 4 });
  let id = 2;
  while (!socket.said.some((each) => each.id === 2)) {
    ask(++id, 'here', here);
    await sleep(20);
  }
  expect(id).toBeGreaterThan(3);
});

it('drops an older question of a lane that still waits', async () => {
  const { socket, ask } = connected();
  ask(1, 'events', { at: { seq: 1 }, before: 1, after: 1 }, 'a');
  ask(2, 'events', { at: { seq: 2 }, before: 1, after: 1 }, 'a');
  expect(await answers(socket, 2)).toEqual([1, 2]);
  expect(socket.said[0]).toMatchObject({ ok: false, error: { code: 'superseded' } });
});

it('lets one at a time be looked through elsewhere, and answers others meanwhile', async () => {
  const away: ((result: unknown) => void)[] = [];
  const { socket, ask } = connected((method) =>
    method === 'overview' ? new Promise((resolve) => away.push(resolve)) : method,
  );
  ask(1, 'overview', { bins: 4 });
  ask(2, 'overview', { bins: 8 });
  await sleep(20);
  expect(away).toHaveLength(1);
  ask(3, 'here', here);
  ask(4, 'events', { at: { seq: 1 }, before: 1, after: 1 });
  expect(await answers(socket, 2)).toEqual([3, 4]);
  away[0]!('first');
  while (away.length < 2) await sleep(5);
  away[1]!('second');
  expect(await answers(socket, 4)).toEqual([3, 4, 1, 2]);
});
