/** What the server and its thread for areas say to each other. */
import type { AreaParams, NamelessAnswer } from './area-parts.js';

export interface ToAreas {
  id: number;
  params: AreaParams;
  /** What the server has seen of the recording: the thread shall have seen it too. */
  endSeq: number;
  live: boolean;
}

export type FromAreas =
  | { id: number; answer: NamelessAnswer }
  /** `elsewhere`: its files cannot be read from there; whoever has it open must look itself. */
  | { id: number; problem: string; elsewhere: boolean };
