/** Elixir's grammar for tree-sitter, loaded when the first source is read. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Parser } from 'web-tree-sitter';

const GRAMMAR = fileURLToPath(new URL('../../../vendor/tree-sitter-elixir/tree-sitter-elixir.wasm', import.meta.url));

/** Rejects where the package or the grammar is missing. The caller deletes the parser. */
export async function elixirParser(): Promise<Parser> {
  const { Language, Parser } = await import('web-tree-sitter');
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(await readFile(GRAMMAR)));
  return parser;
}
