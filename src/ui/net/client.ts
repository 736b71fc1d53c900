/** The WebSocket to the server: asks, matches answers, reconnects. */
import type { BinaryMethods, Methods, Reply, RpcError, Tick } from '../../server/index.js';
import { decodeBinary } from './decode.js';

export class AskError extends Error {
  constructor(
    readonly code: RpcError['code'] | 'lost',
    message: string,
  ) {
    super(message);
  }
}

export type BinaryAnswer<M extends keyof BinaryMethods> = {
  meta: BinaryMethods[M]['meta'];
} & BinaryMethods[M]['columns'];

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: AskError) => void;
}

export interface ClientEvents {
  open: () => void;
  lost: () => void;
  tick: (tick: Tick['tick']) => void;
}

const RETRY_MS = [300, 1_000, 2_000, 5_000];

export class Client {
  private socket: WebSocket | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private failures = 0;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly events: ClientEvents,
  ) {
    this.connect();
  }

  /** @param recording 1: of the recording that this one was opened with */
  ask<M extends keyof Methods>(
    method: M,
    params: Methods[M]['params'],
    lane?: string,
    recording: 0 | 1 = 0,
  ): Promise<Methods[M]['result']> {
    return this.send(method, params, lane, recording) as Promise<Methods[M]['result']>;
  }

  async askColumns<M extends keyof BinaryMethods>(
    method: M,
    params: BinaryMethods[M]['params'],
    lane?: string,
  ): Promise<BinaryAnswer<M>> {
    return (await this.send(method, params, lane)) as BinaryAnswer<M>;
  }

  close(): void {
    this.closed = true;
    this.socket?.close();
  }

  private send(method: string, params: unknown, lane: string | undefined, recording: 0 | 1 = 0): Promise<unknown> {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new AskError('lost', 'not connected'));
    const id = (this.lastId = (this.lastId + 1) >>> 0);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      socket.send(
        JSON.stringify({
          id,
          method,
          params,
          ...(lane === undefined ? {} : { lane }),
          ...(recording === 0 ? {} : { recording }),
        }),
      );
    });
  }

  private connect(): void {
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
      this.events.open();
    };
    socket.onmessage = (message: MessageEvent<string | ArrayBuffer>) => {
      if (typeof message.data === 'string') this.text(message.data);
      else {
        const { id, meta, columns } = decodeBinary(message.data);
        this.take(id)?.resolve({ meta, ...columns });
      }
    };
    socket.onclose = () => {
      for (const each of this.waiting.values()) each.reject(new AskError('lost', 'the connection was lost'));
      this.waiting.clear();
      if (this.closed) return;
      this.events.lost();
      const delay = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)]!;
      setTimeout(() => {
        if (!this.closed) this.connect();
      }, delay);
    };
  }

  private text(data: string): void {
    const message = JSON.parse(data) as Reply | Tick;
    if ('tick' in message) this.events.tick(message.tick);
    else if (message.ok) this.take(message.id)?.resolve(message.result);
    else this.take(message.id)?.reject(new AskError(message.error.code, message.error.message));
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    return waiting;
  }
}
