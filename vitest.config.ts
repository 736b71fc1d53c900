import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.js'],
          environment: 'node',
          testTimeout: 120_000,
          // No module holds state (a rule of the house): a process for each of a hundred files would only cost its start.
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          // What is waited for comes, but on a busy machine not within the second that is usual.
          expect: { poll: { timeout: 30_000 } },
          hookTimeout: 120_000,
          // Each file starts real nodes: one file at a time leaves the machine to them.
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/support/run-directory.ts', 'test/support/one-browser.ts'],
          environment: 'node',
          testTimeout: 180_000,
          expect: { poll: { timeout: 60_000 } },
          hookTimeout: 180_000,
          // Half of the time a page is waited for: two files at a time, in one Chromium, keep it busy.
          maxWorkers: 2,
        },
      },
    ],
  },
});
