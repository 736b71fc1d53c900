import { request as httpRequest } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { shopRecording } from '../../test/support/shop-recording.js';
import type { BinaryHead, EventsResult, OriginResult, ProcessPanel, Reply, SearchResult } from './protocol.js';
import { serveRecording, type Served } from './serve.js';

const shop = shopRecording(60);
let served: Served;
let ui: string;

beforeAll(async () => {
  ui = mkdtempSync(join(tmpdir(), 'elixirscope-static-'));
  mkdirSync(join(ui, 'assets'));
  writeFileSync(join(ui, 'index.html'), '<!doctype html><title>view</title>');
  writeFileSync(join(ui, 'assets', 'a-1.js'), 'export {}');
  served = await serveRecording(shop.recording, { uiDirectory: ui });
});
afterAll(async () => {
  await served.close();
  rmSync(ui, { recursive: true, force: true });
});

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}
/** By hand, so that the path goes out as it is and the headers can lie. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: served.port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.on('error', reject);
    request.end();
  });
}
const base = (): string => new URL(served.url).pathname;

describe('the door', () => {
  it('gives the page to whoever has the whole address, with a strict policy', async () => {
    const { status, headers, body } = await get(base());
    expect([status, body]).toEqual([200, '<!doctype html><title>view</title>']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect((await get(`${base()}assets/a-1.js`)).status).toBe(200);
  });

  it.each([
    ['no token', () => '/', {}],
    ['another token', () => `/${'x'.repeat(32)}/`, {}],
    ['a path out of the folder', () => `${base()}../../package.json`, {}],
    ['an encoded path out of the folder', () => `${base()}..%2f..%2fpackage.json`, {}],
    ['a name that only an object has', () => `${base()}__proto__`, {}],
  ])('refuses %s', async (_, path, headers) => {
    expect((await get(path(), headers)).status).toBe(404);
  });

  it.each([
    ['a name that was rebound to this machine', { host: 'evil.example:80' }],
    ['a page from elsewhere', { origin: 'http://evil.example' }],
    ['a page on another port', { origin: 'http://127.0.0.1:1' }],
    ['an opaque page', { origin: 'null' }],
    ['a script of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ])('refuses %s', async (_, headers) => {
    expect((await get(base(), headers)).status).toBe(403);
  });

  it('only reads', async () => {
    expect((await get(base(), {}, 'POST')).status).toBe(405);
  });

  it('listens on this machine only, unless it is told an address', async () => {
    await expect(serveRecording(shop.recording, { host: 'evil.example' })).rejects.toThrow('no address to listen on');
    const open = await serveRecording(shop.recording, { host: '127.0.0.2' });
    try {
      const path = new URL(open.url).pathname;
      const status = async (host: string): Promise<number> =>
        new Promise((resolve, reject) => {
          httpRequest({ host: '127.0.0.2', port: open.port, path, headers: { host } }, (answer) => {
            answer.resume();
            resolve(answer.statusCode ?? 0);
          })
            .on('error', reject)
            .end();
        });
      expect(open.url).toContain('127.0.0.2');
      expect(await status(`127.0.0.2:${String(open.port)}`)).toBe(200);
      expect(await status(`127.0.0.3:${String(open.port)}`)).toBe(403);
      expect(await status(`evil.example:${String(open.port)}`)).toBe(403);
    } finally {
      await open.close();
    }
  });

  it('refuses a WebSocket of a foreign page or without the token', async () => {
    const url = served.url.replace('http', 'ws');
    const refusal = (address: string, origin?: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(address, origin === undefined ? {} : { origin });
        socket.on('error', (error) => {
          resolve(error.message);
        });
        socket.on('open', () => {
          socket.close();
          resolve('open');
        });
      });
    expect(await refusal(`${url}rpc`, 'http://evil.example')).toContain('403');
    expect(await refusal(`ws://127.0.0.1:${String(served.port)}/nothing/rpc`)).toContain('404');
    expect(await refusal(`${url}rpc`, `http://127.0.0.1:${String(served.port)}`)).toBe('open');
  });
});

/** Sends all at once and collects what comes, by id. */
async function exchange(
  messages: { id: number; method: string; params?: unknown; lane?: string }[],
): Promise<Map<number, Reply | Buffer>> {
  const socket = new WebSocket(`${served.url.replace('http', 'ws')}rpc`);
  const replies = new Map<number, Reply | Buffer>();
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      for (const message of messages) socket.send(JSON.stringify({ params: {}, ...message }));
    });
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) replies.set(data.readUInt32LE(0), data);
      else {
        const message = JSON.parse(data.toString()) as Reply | { tick: unknown };
        if (!('tick' in message)) replies.set(message.id, message);
      }
      if (replies.size === messages.length) resolve();
    });
  });
  socket.close();
  return replies;
}
async function ask(method: string, params: unknown): Promise<unknown> {
  const reply = (await exchange([{ id: 1, method, params }])).get(1) as Reply;
  return reply.ok ? reply.result : reply.error;
}

describe('questions', () => {
  it('answers the panel of a process at a moment with what made its state', async () => {
    const each = shop.reservations[20]!;
    const panel = (await ask('process', { process: shop.stock, at: { seq: each.state } })) as ProcessPanel;
    expect(panel.name).toBe('Shop.Stock');
    expect(panel.state?.changed).toMatchObject({
      seq: each.handle,
      callback: 'Shop.Stock.handle_call/3',
      message: { text: `{:reserve, "${each.item}", 1}` },
      sendSeq: each.send,
    });
    expect(panel.state?.diff).toContainEqual({ path: 'served', before: '20', after: '21' });
    expect(panel.nextChange?.seq).toBe(shop.reservations[21]!.state);
    expect(panel.previousChange?.seq).toBe(shop.reservations[19]!.state);
    expect(panel.mailbox).toMatchObject({ exact: true, total: 0 });
  });

  it('finds who gave a part its value, however long ago', async () => {
    const last = shop.reservations.findLast((each) => each.item === 'cap')!;
    const end = shop.recording.end();
    const path = ['items:', '"cap" =>', 'left:'];
    const origin = (await ask('origin', { process: shop.stock, at: { seq: end.seq }, path })) as OriginResult;
    expect(origin.found).toMatchObject({ seq: last.state, before: String(last.left + 1), after: String(last.left) });
    expect(origin.found?.cause?.sendSeq).toBe(last.send);
  });

  it('gives pages of events on both sides of a moment', async () => {
    const at = { seq: shop.reservations[5]!.handle };
    const page = (await ask('events', { at, processes: [shop.stock], before: 3, after: 2 })) as EventsResult;
    const own = [...shop.recording.events({ processes: [shop.stock] })].map((each) => each.seq);
    const here = own.indexOf(at.seq);
    expect(page.before.map((each) => each.seq)).toEqual(own.slice(here - 2, here + 1));
    expect(page.after.map((each) => each.seq)).toEqual(own.slice(here + 1, here + 3));
  });

  it('searches events by their text', async () => {
    const matches: number[] = [];
    // On a busy machine one answer does not get to the end.
    for (let from = 0, done = false; !done;) {
      const found = (await ask('search', { text: 'out_of_stock', from })) as SearchResult;
      matches.push(...found.matches.map((each) => each.seq));
      ({ seq: from, done } = found);
    }
    expect(matches).toContain(shop.crash);
  });

  it('lists crashes and no ordinary ends', async () => {
    expect(await ask('crashes', { seq: 0 })).toMatchObject({ crashes: [{ seq: shop.crash }], done: true });
  });

  it('answers columns as columns', async () => {
    const params = { fromNs: 0, toNs: shop.recording.end().ns + 1, bins: 64, processes: [shop.stock] };
    const reply = (await exchange([{ id: 9, method: 'timeline', params }])).get(9) as Buffer;
    const length = reply.readUInt32LE(4);
    const head = JSON.parse(reply.subarray(8, 8 + length).toString()) as BinaryHead;
    expect(head.columns).toEqual([
      { name: 'counts', type: 'u32', length: 64 },
      { name: 'kinds', type: 'u32', length: 64 },
    ]);
    const start = (8 + length + 7) & ~7;
    let total = 0;
    for (let i = 0; i < 64; i++) total += reply.readUInt32LE(start + i * 4);
    expect(total).toBe([...shop.recording.events({ processes: [shop.stock] })].length);
  });
});

describe('bad questions', () => {
  it.each([
    ['an unknown method', 'drop', {}, 'unknown method'],
    ['an inherited method', 'constructor', {}, 'unknown method'],
    ['a missing parameter', 'process', { process: 1 }, 'at'],
    ['a negative number', 'event', { seq: -1 }, 'seq'],
    ['too many bins', 'timeline', { fromNs: 0, toNs: 9, bins: 1e6, processes: [1] }, 'bins'],
    [
      'too many cells',
      'timeline',
      { fromNs: 0, toNs: 9, bins: 8192, processes: Array.from({ length: 900 }, (_, i) => i + 1) },
      'too many cells',
    ],
    ['an unknown parameter', 'info', { all: true }, 'params'],
    ['a kind that does not exist', 'events', { at: { seq: 1 }, kinds: ['sent'], before: 1, after: 1 }, 'sent'],
    ['no moment', 'moment', { text: 'noon' }, 'not a moment'],
  ])('explains %s', async (_, method, params, message) => {
    expect(await ask(method, params)).toMatchObject({
      code: 'bad-request',
      message: expect.stringContaining(message) as string,
    });
  });

  it('says what does not exist', async () => {
    expect(await ask('process', { process: 9_999, at: { seq: 1 } })).toMatchObject({ code: 'not-found' });
    expect(await ask('event', { seq: 0 })).toMatchObject({ code: 'not-found' });
  });

  it('drops a waiting question when a newer one takes its lane, and refuses more than it can hold', async () => {
    const asks = [1, 2, 3].map((id) => ({ id, method: 'info', lane: 'same' }));
    const replies = await exchange(asks);
    expect((replies.get(3) as Reply).ok).toBe(true);
    const many = await exchange(
      Array.from({ length: 200 }, (_, id) => ({ id, method: 'overview', params: { bins: 512 } })),
    );
    const kinds = [...many.values()].map((each) =>
      Buffer.isBuffer(each) ? 'answer' : each.ok ? 'ok' : each.error.code,
    );
    expect(new Set(kinds)).toEqual(new Set(['answer', 'busy']));
  });

  it('hangs up on what is no question', async () => {
    for (const rubbish of ['{', '[]', '{"id":-1,"method":"info","params":{}}', '"x"'.repeat(9)]) {
      const socket = new WebSocket(`${served.url.replace('http', 'ws')}rpc`);
      const code = await new Promise<number>((resolve) => {
        socket.on('open', () => {
          socket.send(rubbish);
        });
        socket.on('close', resolve);
      });
      expect(code).toBe(1007);
    }
  });
});
