export { findSources } from './find-sources.js';
export { readSources, type ReadSources } from './read-sources.js';
export { elixirSourceFacts } from './source-facts.js';
export { elixirParser } from './parser.js';
