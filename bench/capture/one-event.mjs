/**
 * What one event costs the process that makes it: runs probe/bench/capture_cost.erl and reads away what its probe sends, so that this
 * costs the VM no more than a recorder does.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ebin, benchEbin } from './places.mjs';

/** @returns {Promise<Record<string, number[]>>} nanoseconds a turn, of every round, by way */
export async function oneEvent({ place, rounds }) {
  const socket = join(place, 'probe');
  const server = createServer((connection) => connection.resume());
  await new Promise((resolve) => server.listen(socket, resolve));
  const args = ['-noshell', '-pa', ebin, '-pa', benchEbin, '-s', 'capture_cost', 'main', socket, String(rounds)];
  const erl = spawn('erl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  erl.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const code = await new Promise((resolve) => erl.on('close', resolve));
  server.close();
  if (code !== 0) throw new Error(`the VM that is measured failed:\n${text}`);
  const times = {};
  for (const [, way, ns] of text.matchAll(/^(\S+) ([\d.]+)$/gm)) (times[way] ??= []).push(Number(ns));
  delete times.records;
  return times;
}
