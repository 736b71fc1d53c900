/**
 * The messages around the moment, fetched a stretch at a time and kept, so that a film does not ask for each picture. How long a message stays in
 * sight follows from the speed of the film: some tenths of a second for whoever looks, and the same stretch of time when it stands still.
 */
export interface Flight {
  from: number;
  to: number;
  sendNs: number;
  /** -1: not recorded. */
  arriveNs: number;
}

/** What a message takes at a speed of 1. */
const SIGHT_NS = 300e6;
export const sightNs = (speed: number): number => SIGHT_NS * speed;

/** A power of two, so that neighbouring moments and speeds share stretches. */
export const stretchNs = (sight: number): number => 2 ** Math.ceil(Math.log2(Math.max(1_000, sight)));

const KEPT = 12;
const AT_ONCE = 2;

interface Stretch {
  flights: Flight[];
  total: number;
  complete: boolean;
}

export type FetchFlights = (fromNs: number, toNs: number) => Promise<Stretch>;

export class Flights {
  private readonly kept = new Map<string, Stretch | undefined>();
  private asked = 0;

  constructor(
    private readonly fetch: FetchFlights,
    private readonly changed: () => void,
  ) {}

  /** Messages that may be under way at a moment, as far as they are here; asks for what is missing, and ahead while a film runs. */
  around(ns: number, sight: number, ahead: boolean): { flights: Flight[]; whole: boolean; complete: boolean } {
    const length = stretchNs(sight);
    const first = Math.max(0, Math.floor((ns - sight) / length));
    const last = Math.floor(ns / length);
    const flights: Flight[] = [];
    let whole = true;
    let complete = true;
    for (let i = first; i <= last; i++) {
      const stretch = this.stretch(i, length);
      if (stretch === undefined) whole = false;
      else {
        for (const flight of stretch.flights) flights.push(flight);
        complete &&= stretch.complete;
      }
    }
    if (ahead && whole) this.stretch(last + 1, length);
    return { flights, whole, complete };
  }

  /** Of a recording that grows: what lies after a time is asked for again. */
  forget(fromNs: number): void {
    for (const key of this.kept.keys()) {
      const [i, length] = key.split('/').map(Number) as [number, number];
      if ((i + 1) * length >= fromNs) this.kept.delete(key);
    }
  }

  private stretch(i: number, length: number): Stretch | undefined {
    const key = `${String(i)}/${String(length)}`;
    const known = this.kept.get(key);
    if (known !== undefined) {
      // Used last, dropped last.
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    if (this.kept.has(key) || this.asked >= AT_ONCE) return undefined;
    this.kept.set(key, undefined);
    this.asked++;
    this.fetch(i * length, (i + 1) * length).then(
      (stretch) => {
        this.asked--;
        this.kept.set(key, stretch);
        while (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value!);
        this.changed();
      },
      () => {
        this.asked--;
        this.kept.delete(key);
      },
    );
    return undefined;
  }
}
