/** How deep each slice lies inside others of its process, from when they begin and end. */

export interface SpanColumns {
  process: Uint32Array;
  startNs: Float64Array;
  /** -1: open. */
  endNs: Float64Array;
  seq: Float64Array;
}

export function nesting({ process, startNs, endNs, seq }: SpanColumns): Uint16Array {
  const depths = new Uint16Array(seq.length);
  const order = Uint32Array.from(seq, (_, i) => i).sort(
    (a, b) => process[a]! - process[b]! || startNs[a]! - startNs[b]! || seq[a]! - seq[b]!,
  );
  let open: number[] = [];
  let of = -1;
  for (const i of order) {
    if (process[i] !== of) {
      of = process[i]!;
      open = [];
    }
    // What ends just as another begins does not contain it.
    while (open.length > 0 && open.at(-1)! <= startNs[i]!) open.pop();
    depths[i] = open.length;
    open.push(endNs[i]! < 0 ? Infinity : endNs[i]!);
  }
  return depths;
}
