import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AtomList, atom, binary, charlist, encodeTerms, int, list, map, printTerm, tuple, type Term } from '../../term/index.js'; // prettier-ignore
import { BLOCK_HEADER_BYTES, COLUMNS } from '../format/layout.js';
import { Flags } from '../model.js';
import { Kind } from '../queries/kinds.js';
import { realDisk } from '../disk.js';
import { openRecording } from '../read/open.js';
import type { SealedBlock } from '../read/sealed-block.js';
import { Store } from '../read/store.js';
import { RandomRecording, withTempDir } from '../testing/index.js';
import { createRecording } from '../write/writer.js';
import { redactRecording, type RedactOptions } from './redact.js';
import { verifyRecording } from './verify.js';

const SECRET = 'hunter2';

/** Two processes exchange a message with a secret; one keeps it under a key, as a text, and as an atom. */
function scene(dir: string): string {
  const path = join(dir, 'r.escope');
  const writer = createRecording({ path, startedAtMs: 0, blockEvents: 4 });
  writer.addNode({ name: 'a@b', otp: '25', elixir: undefined, engine: 'nif', engineWhy: undefined, osPid: 1, end: undefined }); // prettier-ignore
  writer.setCommand(`mix run --password ${SECRET}`);
  const atoms = new AtomList();
  const process = (name: string, label: string | undefined): number =>
    writer.addProcess({ node: 0, number: name.length, serial: 0, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour: undefined, name, label }); // prettier-ignore
  const one = process('one', `password: ${SECRET}`);
  const other = process('other', undefined);
  const fn = writer.functionId(0, atoms.index('m'), atoms.index('f'), 1);
  let ns = 0;
  let defined = 0;
  const add = (kind: number, who: number, peer: number, cause: number, terms: Term[], flags = 0): number => {
    const payload = encodeTerms(terms, atoms);
    for (; defined < atoms.size; defined++) writer.defineAtom(0, defined, atoms.name(defined)!);
    return writer.append({ kind, flags, ns: ns++, process: who, peer, fn, cause, payload });
  };
  const password = map([
    [atom('user'), binary('ann')],
    [atom('db_password'), binary(SECRET)],
  ]);
  const send = add(Kind.SEND, one, other, 0, [password]);
  const arrive = add(Kind.ARRIVE, other, one, send, [password]);
  const handle = add(Kind.HANDLE, other, 0, arrive, [password]);
  add(Kind.STATE, other, 0, handle, [list([tuple(atom('password'), atom(SECRET)), int(5)])], Flags.CHANGED);
  add(Kind.HANDLED, other, 0, handle, [tuple(binary('Password'), charlist(SECRET))]);
  const call = add(Kind.CALL, one, 0, 0, [list([binary(`login password="${SECRET}" now`)])]);
  add(Kind.EXCEPTION, one, 0, call, [atom('error'), { kind: 'opaque', text: `#Password<${SECRET}>` }]);
  add(Kind.CALL, other, 0, 0, [list([int(4711)])]);
  writer.close();
  return path;
}

/** Every byte of a recording, packed and unpacked. */
function allBytes(path: string): Buffer {
  const parts = readdirSync(path).map((name) => readFileSync(join(path, name)));
  const store = new Store(realDisk, path, 1 << 20);
  for (const block of store.blocks as SealedBlock[]) {
    const { packed, unpacked } = block.header;
    const source = (block as unknown as { source: { read(a: number, b: number): Uint8Array; unpacker: { unpack(f: Uint8Array, n: number): Uint8Array } } }).source; // prettier-ignore
    let at = block.at + BLOCK_HEADER_BYTES;
    for (let c = 0; c < COLUMNS; at += packed[c]!, c++)
      parts.push(Buffer.from(source.unpacker.unpack(source.read(at, packed[c]!), unpacked[c]!)));
    for (const chunks of block.directory().chunks)
      chunks.unpacked.forEach((bytes, i) =>
        parts.push(Buffer.from(source.unpacker.unpack(source.read(chunks.at[i]!, chunks.packed[i]!), bytes))),
      );
  }
  store.close();
  return Buffer.concat(parts);
}

function redacted(dir: string, options: RedactOptions): { bytes: Buffer; text: string } {
  const out = join(dir, 'out.escope');
  redactRecording(scene(dir), out, options);
  expect(verifyRecording(out)).toMatchObject({ sound: true, finished: true, events: 8 });
  const recording = openRecording(out);
  const text = [...recording.events({})].map(({ kind, terms }) => `${kind} ${terms.map((term) => printTerm(term, { syntax: 'elixir' })).join(' ')}`).join('\n'); // prettier-ignore
  recording.close();
  return { bytes: allBytes(out), text };
}

describe('redact', () => {
  it('the made-up recording does hold the secret', () => {
    withTempDir((dir) => expect(allBytes(scene(dir)).includes(SECRET)).toBe(true));
  });

  it.each<[string, RedactOptions]>([
    ['under keys', { keys: ['PassWord'] }],
    ['of all values', { values: true }],
    ['of both processes', { processes: [1, 2], keys: ['--password', 'password'] }],
  ])('leaves nothing %s in any byte', (_, options) => {
    withTempDir((dir) => expect(redacted(dir, options).bytes.includes(SECRET)).toBe(false));
  });

  it('keeps what is under other keys', () => {
    withTempDir((dir) => {
      const { text } = redacted(dir, { keys: ['password'] });
      expect(text).toContain('send %{user: "ann", db_password: ‹redacted›}');
      expect(text).toMatch(/state \[.*‹redacted›.*5\]/);
      expect(text).toContain('4711');
    });
  });

  it('takes out what one process said also where it arrived, and nothing else', () => {
    withTempDir((dir) => {
      const { text } = redacted(dir, { processes: [1] });
      expect(text.split('\n').slice(0, 3)).toEqual(['send ‹redacted›', 'arrive ‹redacted›', 'handle ‹redacted›']);
      expect(text).toContain('exception :error ‹redacted›');
      expect(text).toContain('4711');
    });
  });

  it('keeps every answer that is not a value', () => {
    withTempDir((dir) => {
      const path = join(dir, 'r.escope');
      const writer = createRecording({ path, startedAtMs: 0, blockEvents: 30 });
      const made = new RandomRecording(writer, 7, 1000);
      made.run(400);
      writer.close();
      const out = join(dir, 'o.escope');
      expect(redactRecording(path, out, { values: true })).toMatchObject({ events: made.rows.length });
      const [before, after] = [openRecording(path), openRecording(out)];
      for (let seq = 0; seq <= made.rows.length; seq += 23) {
        const at = before.momentOf(seq);
        expect(after.momentOf(seq)).toEqual(at);
        for (let p = 1; p <= made.processes.length; p++) {
          expect(after.mailbox(p, at).messages.map((m) => m.seq)).toEqual(before.mailbox(p, at).messages.map((m) => m.seq)); // prettier-ignore
          expect(after.links(p, at)).toEqual(before.links(p, at));
          expect(after.state(p, at)?.seq).toBe(before.state(p, at)?.seq);
          expect(after.alive(p, at)).toBe(before.alive(p, at));
        }
      }
      expect(after.info().gaps).toEqual(before.info().gaps);
      before.close();
      after.close();
    });
  });
});
