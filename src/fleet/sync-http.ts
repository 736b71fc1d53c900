/**
 * HTTP without waiting for promises: questions about a recording are answered at once, also where it lies far away. A thread of its own talks
 * to the server while this one sleeps.
 */
import { MessageChannel, Worker, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';

export interface HttpRequest {
  url: string;
  method: 'GET' | 'POST' | 'PUT' | 'HEAD' | 'DELETE';
  headers: Record<string, string>;
  body?: Uint8Array<ArrayBuffer> | string;
}

export interface HttpResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Uint8Array;
}

/** The server could not be reached; `code` is that of the system, such as ECONNREFUSED. */
export class HttpFailure extends Error {
  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

type Answer = { response: HttpResponse } | { message: string; code: string | undefined };

/** As text, since a worker needs plain JavaScript, and this is TypeScript in tests and JavaScript when built. */
const THREAD = `
const { workerData: { port, flag } } = require('node:worker_threads');
port.on('message', async ({ url, method, headers, body, timeoutMs }) => {
  let answer;
  try {
    const response = await fetch(url, { method, headers, body, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    answer = { response: { status: response.status, headers: Object.fromEntries(response.headers), body: new Uint8Array(await response.arrayBuffer()) } };
  } catch (error) {
    answer = { message: String(error.cause?.message || error.message), code: error.cause?.code ?? error.name };
  }
  port.postMessage(answer);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
});
`;

export class SyncHttp {
  readonly #flag = new Int32Array(new SharedArrayBuffer(4));
  #thread: { worker: Worker; port: MessagePort } | undefined;

  constructor(private readonly timeoutMs = 60_000) {}

  /** Throws an HttpFailure where there is no answer. */
  send(request: HttpRequest): HttpResponse {
    const { port } = (this.#thread ??= this.#start());
    Atomics.store(this.#flag, 0, 0);
    port.postMessage({ ...request, timeoutMs: this.timeoutMs });
    // The thread has its own end of waiting; this one is for a thread that died.
    Atomics.wait(this.#flag, 0, 0, this.timeoutMs + 10_000);
    const received = receiveMessageOnPort(port) as { message: Answer } | undefined;
    if (received === undefined) {
      this.close();
      throw new HttpFailure('no answer in time', 'TimeoutError');
    }
    const answer = received.message;
    if ('response' in answer) return answer.response;
    throw new HttpFailure(answer.message, answer.code);
  }

  close(): void {
    void this.#thread?.worker.terminate();
    this.#thread?.port.close();
    this.#thread = undefined;
  }

  #start(): { worker: Worker; port: MessagePort } {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(THREAD, {
      eval: true,
      workerData: { port: port2, flag: this.#flag },
      transferList: [port2],
    });
    // Neither keeps the program from ending.
    worker.unref();
    port1.unref();
    return { worker, port: port1 };
  }
}

/** A server closes connections that nobody used for a while, and may do so as one is used again. */
const CLOSED: readonly (string | undefined)[] = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];

/** The same for who can wait. Every request of ours may be sent twice. Throws an HttpFailure. */
export async function sendHttp(request: HttpRequest, signal?: AbortSignal, timeoutMs = 300_000): Promise<HttpResponse> {
  const { url, ...init } = request;
  for (let attempt = 0; ; attempt++) {
    try {
      const signals = [AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])];
      const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.any(signals) });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: new Uint8Array(await response.arrayBuffer()),
      };
    } catch (error) {
      const failure = httpFailure(error);
      if (attempt > 0 || !CLOSED.includes(failure.code)) throw failure;
    }
  }
}

export function httpFailure(error: unknown): HttpFailure {
  const { cause, message, name } = error as Error & { cause?: { message?: string; code?: string } };
  return new HttpFailure(cause?.message ?? message, cause?.code ?? name);
}
