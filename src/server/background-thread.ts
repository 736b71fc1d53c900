/** Answers in a thread of its own (`background-desk.ts` starts it) what may wait, one question at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { openRecording } from '../recording/index.js';
import type { FromBackground, ToBackground } from './background-messages.js';
import { BinaryResult } from './binary.js';
import { RpcFailure } from './failure.js';
import { Questions } from './questions.js';

/** Decoded parts of blocks: most are looked at once, and the server has its own. */
const CACHE_BYTES = 48 << 20;

const port = parentPort;
if (port !== null) {
  const recording = openRecording((workerData as { path: string }).path, { cacheBytes: CACHE_BYTES });
  const questions = new Questions(recording);
  const tell = (message: FromBackground): void => {
    port.postMessage(message);
  };
  port.on('message', ({ id, request, endSeq, live }: ToBackground) => {
    try {
      if ((live || recording.end().seq < endSeq) && recording.refresh()) questions.update();
      if (recording.end().seq < endSeq) {
        tell({ id, elsewhere: true });
        return;
      }
      const result = questions.answer(request);
      if (result instanceof BinaryResult) tell({ id, meta: result.meta, columns: result.columns });
      else tell({ id, result });
    } catch (error) {
      tell({ id, error: errorOf(error) });
    }
  });
  tell({ ready: true });
}

function errorOf(error: unknown): { code: RpcFailure['code']; message: string } {
  if (error instanceof RpcFailure) return { code: error.code, message: error.message };
  return { code: 'failed', message: error instanceof Error ? error.message : String(error) };
}
