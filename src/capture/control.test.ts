import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeDepth, takesChanges } from './change-depth.js';
import { ControlServer } from './control-server.js';
import type { DepthRule } from '../plan/index.js';
import { makeWorkplace, type Workplace } from './workplace.js';

const RULE: DepthRule = { module: 'Shop.*', fn: 'handle_call/3', depth: 'lines' };

describe('the door of a recording that is being written', () => {
  let place: Workplace;
  let recording = '';
  let server: ControlServer | undefined;
  let asked: DepthRule[] = [];

  beforeEach(async () => {
    place = makeWorkplace(false);
    recording = join(place.directory, 'r.escope');
    mkdirSync(recording);
    asked = [];
    server = await ControlServer.listen(place.control, {
      depth: (changes) => {
        if (changes.some(({ module }) => module === 'Broken')) throw new Error('not this one');
        asked.push(...changes);
        return 2;
      },
    });
  });
  afterEach(() => {
    server?.close();
    place.remove();
  });

  it('takes changes of depth from its owner while it is there', async () => {
    expect(takesChanges(recording)).toBe(false);
    await expect(changeDepth(recording, [RULE])).rejects.toThrow(/not being written/);
    server?.open(recording);
    expect(takesChanges(recording)).toBe(true);
    expect(statSync(place.control).mode & 0o777).toBe(0o600);
    expect(statSync(join(recording, 'control.json')).mode & 0o777).toBe(0o600);
    expect(await changeDepth(recording, [RULE])).toEqual({ nodes: 2 });
    expect(asked).toEqual([RULE]);
    await expect(changeDepth(recording, [{ ...RULE, module: 'Broken' }])).rejects.toThrow('not this one');
    await expect(changeDepth(recording, [{ ...RULE, module: 'Shop.Stock.init/1' }])).rejects.toThrow(/not understood/);
    server?.close();
    expect(existsSync(join(recording, 'control.json'))).toBe(false);
    await expect(changeDepth(recording, [RULE])).rejects.toThrow(/not being written/);
    expect(asked).toEqual([RULE]);
  });

  it('is closed when its recorder died, and goes on after nonsense', async () => {
    server?.open(recording);
    const left = readFileSync(join(recording, 'control.json'));
    const answers = await new Promise<string>((resolve, reject) => {
      const socket = connect(place.control, () => socket.write('{}\nnonsense\n[1]\n'));
      let text = '';
      socket.on('error', reject).on('data', (chunk) => {
        text += chunk.toString();
        if (text.split('\n').length === 4) resolve(text);
        if (text.split('\n').length === 4) socket.end();
      });
    });
    expect(answers.match(/"ok":false/g)).toHaveLength(3);
    expect(await changeDepth(recording, [RULE])).toEqual({ nodes: 2 });
    server?.close();
    writeFileSync(join(recording, 'control.json'), left);
    await expect(changeDepth(recording, [RULE])).rejects.toThrow(/not being written/);
  });

  it('leads to no socket of somebody else', async () => {
    const other = join(place.directory, 'other');
    let reached = false;
    const listening = createServer(() => (reached = true));
    await new Promise<void>((resolve) => listening.listen(other, resolve));
    for (const socket of [
      other,
      `${place.directory}/../${place.directory.split('/').at(-1)}/other`,
      '/dev/null',
      'control',
    ]) {
      writeFileSync(join(recording, 'control.json'), JSON.stringify({ version: 1, socket }));
      await expect(changeDepth(recording, [RULE])).rejects.toThrow(/not being written/);
    }
    listening.close();
    rmSync(other, { force: true });
    expect(reached).toBe(false);
  });
});
