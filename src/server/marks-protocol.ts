/** The part of the protocol that speaks of bookmarks and notes: the only thing in a recording's folder that a browser may write. */
import type { At, ProcessNumber, SeqNumber } from './protocol.js';

export type MarkColourName = 'blue' | 'orange' | 'green' | 'purple' | 'yellow' | 'red' | 'grey';

export interface MarkView {
  id: string;
  name: string;
  colour: MarkColourName;
  /** Its first 500 characters; `note` has all. */
  text: string;
  cut?: true;
  seq: SeqNumber;
  ns: number;
  /** 0: on the moment alone. */
  process: ProcessNumber;
  /** Of a value in its state, `free["mug"]`; empty: none. */
  path: string;
  madeMs: number;
}
export interface MarksPage {
  /** By moment, from the asked one on. */
  marks: MarkView[];
  total: number;
  version: number;
  /** Why nothing can be written; undefined: it can. */
  readOnly: string | undefined;
  /** Why those in the file cannot be shown. */
  problem: string | undefined;
}

export interface MarksMethods {
  bookmarks: { params: { from: number }; result: MarksPage };
  /** The whole text of one. */
  note: { params: { id: string }; result: { text: string } };
  /** Makes one, or changes the one of that id (`text` absent: it stays). The value is named by the labels of the tree or by its path. */
  mark: {
    params: {
      id?: string;
      name: string;
      colour: MarkColourName;
      text?: string;
      at: At;
      process?: ProcessNumber;
      path?: string;
      labels?: string[];
    };
    result: { mark: MarkView; version: number };
  };
  unmark: { params: { id: string }; result: { text: string; version: number } };
  /** How a value that is named one way is named the other way, and what it is at a moment. */
  valueAt: {
    params: { process: ProcessNumber; at: At; path?: string; labels?: string[] };
    result: { found: { labels: string[]; path: string; text: string } | undefined };
  };
}
