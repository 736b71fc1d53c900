/** The part of the protocol that prints afterwards: an expression at every execution of a line. Types only, as all of the protocol. */
import type { ProcessNumber, SeqNumber, Text } from './protocol.js';

export interface PrintHit {
  seq: SeqNumber;
  ns: number;
  process: ProcessNumber;
  /** The value, or why there is none. */
  text: Text;
  /** `raised`: the program would have; `unknown`: a part that it takes was not recorded. */
  kind: 'value' | 'raised' | 'unknown';
  /** Where the value is a number. */
  number?: number;
}
export interface PrintResult {
  /** In order. With `only` those at which the expression held. */
  hits: PrintHit[];
  /** How many executions were looked at for this answer. */
  looked: number;
  /** At how many of them it could not be told. */
  unknown: number;
  /** Looked up to here; ask again from it. */
  seq: SeqNumber;
  done: boolean;
  /** What is wrong with the expression, and where; then there are no hits. */
  error?: { message: string; at: number; length: number };
}
export interface PrintNamesResult {
  /** Variables of the line; `bound`: it binds them itself. */
  names: { name: string; bound: boolean }[];
  /** Functions that an expression may use, `Map.get/2`. */
  functions: string[];
  syntax: 'elixir' | 'erlang';
  /** Executions of this line are recorded. */
  known: boolean;
  /** The nearest line of which they are; undefined: none in this module. */
  nearest?: number;
}

export interface PrintMethods {
  printAfter: {
    params: {
      module: string;
      line: number;
      expression: string;
      process?: ProcessNumber;
      /** Only where it holds: anything but nil and false, in Erlang true. */
      only?: boolean;
      /** Executions after this event. */
      from: SeqNumber;
      limit: number;
    };
    result: PrintResult;
  };
  printNames: { params: { module: string; line: number }; result: PrintNamesResult };
}
