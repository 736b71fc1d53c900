/**
 * The directions of imports, held by a lint rule: a room of `src/` may import the rooms listed for it and no other, and whoever imports a
 * folder from outside takes its `index`, not a file behind it.
 *
 *     term ← expression ← server, cli
 *     term ← wire ← recording ← analysis ← ai ← server, dap ← cli
 *     term ← beam ← plan          capture joins beam, plan, wire and recording
 *     recording ← sql ← export ← server, cli
 *     recording ← compare ← server, cli
 *     sql ← fleet ← cli
 *     ui shares types only
 */
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Room → the rooms it may import. */
export const ROOMS = {
  term: [],
  expression: ['term'],
  wire: ['term'],
  recording: ['term', 'wire'],
  beam: ['term'],
  plan: ['term', 'recording', 'beam'],
  capture: ['term', 'wire', 'recording', 'beam', 'plan'],
  analysis: ['term', 'wire', 'recording'],
  compare: ['term', 'recording'],
  sql: ['term', 'recording'],
  export: ['term', 'recording', 'sql'],
  fleet: ['term', 'recording', 'sql'],
  ai: ['term', 'recording', 'analysis'],
  server: ['term', 'expression', 'recording', 'compare', 'analysis', 'ai', 'sql', 'export'],
  dap: ['term', 'recording', 'analysis', 'ai'],
  cli: [
    'term',
    'expression',
    'wire',
    'recording',
    'beam',
    'plan',
    'capture',
    'analysis',
    'compare',
    'ai',
    'sql',
    'export',
    'fleet',
    'server',
    'dap',
  ],
  ui: [],
};

/** Rooms that others know by their types alone. */
const TYPES_ONLY = { ui: ['term', 'recording', 'analysis', 'server'] };

const isTest = (file) => /\.test\.tsx?$/.test(file) || /(^|\/)(test|bench)\//.test(file);
const isTesting = (parts) => /^testing(\.[jt]sx?)?$/.test(parts[0] ?? '');
const hasIndex = (folder) => ['index.ts', 'index.tsx'].some((name) => existsSync(path.join(folder, name)));

/**
 * What is wrong with `file` importing `target`, or undefined.
 *
 * @param {string} root Absolute path of the folder that holds `src/`.
 * @param {string} file Absolute path of the importing file.
 * @param {string} target Absolute path of the imported module, with or without its extension.
 * @param {boolean} typesOnly The import leaves nothing behind at run time.
 * @param {(folder: string) => boolean} [isFolderClosed] Whether a folder has an index.
 * @returns {{messageId: string, data: Record<string, string>} | undefined}
 */
export function complaint(root, file, target, typesOnly, isFolderClosed = hasIndex) {
  const src = path.join(root, 'src');
  const inside = path.relative(src, target).split(path.sep);
  if (inside[0] === '..' || inside[0] === '') return undefined;
  const from = path.relative(src, file).split(path.sep);
  const fromRoom = from[0] === '..' ? undefined : from[0];
  const toRoom = inside[0];
  const test = isTest(path.relative(root, file).split(path.sep).join('/'));

  if (fromRoom !== undefined && fromRoom !== toRoom) {
    const allowed = ROOMS[fromRoom];
    if (allowed === undefined || ROOMS[toRoom] === undefined) {
      return { messageId: 'unknown', data: { room: allowed === undefined ? fromRoom : toRoom } };
    }
    const types = TYPES_ONLY[fromRoom] ?? [];
    if (!allowed.includes(toRoom)) {
      if (!types.includes(toRoom)) return { messageId: 'direction', data: { from: fromRoom, to: toRoom } };
      if (!typesOnly) return { messageId: 'types', data: { from: fromRoom, to: toRoom } };
    }
    // Tests may use what a room offers to tests.
    if (test && isTesting(inside.slice(1))) return undefined;
  }
  if (fromRoom === undefined && isTesting(inside.slice(1))) return undefined;

  // Every folder on the way down to the target that the importer does not live in must be entered through its index.
  for (let depth = 1; depth < inside.length; depth++) {
    const folder = path.join(src, ...inside.slice(0, depth));
    if (!path.relative(folder, file).startsWith('..')) continue;
    if (depth > 1 && !isFolderClosed(folder)) continue;
    const rest = inside.slice(depth).join('/');
    if (!/^index(\.[jt]sx?)?$/.test(rest)) {
      return { messageId: 'past', data: { folder: inside.slice(0, depth).join('/'), rest } };
    }
  }
  return undefined;
}

const typesOnlyImport = (node) =>
  node.importKind === 'type' ||
  node.exportKind === 'type' ||
  (node.specifiers?.length > 0 &&
    node.specifiers.every((one) => one.importKind === 'type' || one.exportKind === 'type'));

/** @type {import('eslint').Rule.RuleModule} */
export const importDirections = {
  meta: {
    type: 'problem',
    docs: { description: 'imports run downwards, and through the index of a folder' },
    schema: [
      { type: 'object', properties: { root: { type: 'string' } }, required: ['root'], additionalProperties: false },
    ],
    messages: {
      direction: 'src/{{from}} may not import src/{{to}}: imports run downwards only (see src/README.md).',
      types: 'src/{{from}} shares types only with src/{{to}}: use `import type`.',
      past: 'Import src/{{folder}} through its index, not {{rest}} behind it.',
      unknown: 'src/{{room}} is not a room: give it a place in scripts/lint/import-rules.js.',
    },
  },
  create(context) {
    const { root } = context.options[0];
    const check = (node, source) => {
      if (typeof source?.value !== 'string' || !source.value.startsWith('.')) return;
      const target = path.resolve(path.dirname(context.filename), source.value);
      const found = complaint(root, context.filename, target, typesOnlyImport(node));
      if (found !== undefined) context.report({ node: source, ...found });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
      TSImportType: (node) => check({ importKind: 'type' }, node.source ?? node.argument?.literal),
    };
  },
};
