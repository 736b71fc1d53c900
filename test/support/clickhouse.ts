/** A ClickHouse for tests: the engine from test/engines behind its HTTP interface. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Undefined: it is there. Otherwise what to do. */
export const clickHouseMissing: string | undefined = existsSync(
  fileURLToPath(new URL('../engines/node_modules/chdb', import.meta.url)),
)
  ? undefined
  : 'the ClickHouse engine is not installed: npm ci --prefix test/engines --ignore-scripts';

export interface TestClickHouse {
  readonly port: number;
  readonly folder: string;
  /** `clickhouse://127.0.0.1:port/database`. */
  url(database: string): string;
  /** Lets the next INSERTs fail. */
  trouble(code: number, times: number): Promise<void>;
  /** Runs a statement as its administrator would. */
  run(sql: string): Promise<void>;
  /** Ends the server; the data stay until `remove`. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

export async function startClickHouse(
  options: { password?: string; folder?: string; port?: number } = {},
): Promise<TestClickHouse> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'elixirscope-clickhouse-'));
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('clickhouse-server.mjs', import.meta.url)),
      folder,
      options.password ?? '',
      String(options.port ?? 0),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the ClickHouse of the tests did not start')));
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
  });
  const user = options.password === undefined ? '' : `tester:${encodeURIComponent(options.password)}@`;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.stdin.end();
    await gone;
  };
  return {
    port,
    folder,
    url: (database) => `clickhouse://${user}127.0.0.1:${port}/${database}`,
    trouble: async (code, times) => {
      await fetch(`http://127.0.0.1:${port}/trouble?code=${code}&times=${times}`, { method: 'POST' });
    },
    run: async (sql) => {
      const headers = { 'x-clickhouse-user': 'tester', 'x-clickhouse-key': options.password ?? '' };
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: sql });
      if (!response.ok) throw new Error(await response.text());
    },
    stop,
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
