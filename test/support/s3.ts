/** An S3-compatible store for tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Undefined: it is there. Otherwise what to do. */
export const s3Missing: string | undefined = existsSync(
  fileURLToPath(new URL('../engines/node_modules/s3rver', import.meta.url)),
)
  ? undefined
  : 'the S3 server is not installed: npm ci --prefix test/engines --ignore-scripts';

export interface TestS3 {
  /** `s3://recordings/prefix?endpoint=…`. */
  url(prefix: string, bucket?: string): string;
  /** Where the objects lie. */
  readonly folder: string;
  readonly env: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
  stop(): Promise<void>;
  remove(): Promise<void>;
}

export async function startS3(): Promise<TestS3> {
  const folder = mkdtempSync(join(tmpdir(), 'elixirscope-s3-'));
  const child = spawn(process.execPath, [fileURLToPath(new URL('s3-server.mjs', import.meta.url)), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the S3 server of the tests did not start')));
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.stdin.end();
    await gone;
  };
  return {
    url: (prefix, bucket = 'recordings') =>
      `s3://${bucket}/${prefix}?endpoint=http://127.0.0.1:${port}&region=eu-central-1`,
    folder: join(folder, 'recordings'),
    env: { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' },
    stop,
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
