import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint, RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { complaint, importDirections } from './import-rules.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
RuleTester.describe = describe;
RuleTester.it = it;

const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } });
const at = (file, code, messageId) => ({
  code,
  filename: path.join(root, file),
  options: [{ root }],
  ...(messageId === undefined ? {} : { errors: [{ messageId }] }),
});

tester.run('import-directions', importDirections, {
  valid: [
    at('src/wire/frame.ts', "import { decode } from '../term/index.js';"),
    at('src/capture/run.ts', "import type { Term } from '../term/index.js'; export * from '../recording/index.js';"),
    at('src/sql/session.ts', "import type { BulkRecording } from '../recording/index.js';"),
    at('src/export/speedscope.ts', "import { Names } from '../sql/index.js';"),
    at('src/term/print/elixir.ts', "import { walk } from '../walk.js';"),
    at('src/term/print.ts', "import fs from 'node:fs'; import { z } from 'zod';"),
    at('src/ui/panel.tsx', "import type { RecordedEvent } from '../recording/index.js';"),
    at('src/ui/panel.tsx', "import { type RecordedEvent } from '../recording/index.js';"),
    at('test/integration/run.test.ts', "import { openRecording } from '../../src/recording/index.js';"),
    at('src/server/api.test.ts', "import { draw } from '../recording/testing/draw.js';"),
  ],
  invalid: [
    at('src/term/term.ts', "import { EVENT_KINDS } from '../recording/index.js';", 'direction'),
    at('src/term/term.ts', "export type { Moment } from '../recording/index.js';", 'direction'),
    at('src/beam/client.ts', "const late = await import('../capture/index.js');", 'direction'),
    at('src/server/api.ts', "let x: import('../cli/index.js').Options;", 'direction'),
    at('src/recording/reader.ts', "import { openSql } from '../sql/index.js';", 'direction'),
    at('src/sql/session.ts', "import { exportRecording } from '../export/index.js';", 'direction'),
    at('src/recording/reader.ts', "import { decode } from '../term/decode.js';", 'past'),
    at('src/server/api.ts', "import { draw } from '../recording/testing/draw.js';", 'past'),
    at('test/integration/run.test.ts', "import { decode } from '../../src/term/decode.js';", 'past'),
    at('src/ui/panel.tsx', "import { printTerm } from '../term/index.js';", 'types'),
    at('src/ui/panel.tsx', "import type { Node } from '../beam/index.js';", 'direction'),
    at('src/attic/box.ts', "import { decode } from '../term/index.js';", 'unknown'),
  ],
});

describe('folders inside a room', () => {
  const from = path.join(root, 'src/recording/open.ts');
  const to = path.join(root, 'src/recording/ingest/order.js');
  it('are closed once they have an index', () => {
    expect(complaint(root, from, to, false, () => true)?.messageId).toBe('past');
    expect(complaint(root, from, path.join(root, 'src/recording/ingest/index.js'), false, () => true)).toBeUndefined();
  });
  it('are open without one', () => {
    expect(complaint(root, from, to, false, () => false)).toBeUndefined();
  });
});

it('is switched on for the sources and the tests', async () => {
  const eslint = new ESLint({ cwd: root });
  for (const file of ['src/term/term.ts', 'src/ui/main.tsx', 'test/integration/run.test.ts']) {
    const config = await eslint.calculateConfigForFile(path.join(root, file));
    expect(config.rules['house/import-directions'][0]).toBe(2);
    expect(config.rules['@typescript-eslint/no-explicit-any'][0]).toBe(2);
  }
});
