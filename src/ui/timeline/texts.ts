/** How wide texts are: measured once, since asking a canvas for every text of every picture takes longer than drawing them. */
const MOST = 4_000;

export class Texts {
  private readonly widths = new Map<string, Float32Array>();
  private font = '';

  /** `font` as the context has it. */
  constructor(private readonly context: CanvasRenderingContext2D) {}

  /** As much of a text as fits, with an ellipsis where it was cut; empty where nothing sensible does. */
  fit(text: string, width: number): string {
    const { context } = this;
    if (context.font !== this.font || this.widths.size > MOST) {
      this.widths.clear();
      this.font = context.font;
    }
    let upTo = this.widths.get(text);
    if (upTo === undefined) {
      // Longer ones never fit whole.
      const seen = Math.min(text.length, 200);
      upTo = new Float32Array(seen + 2);
      upTo[0] = context.measureText('…').width;
      for (let n = 1; n <= seen; n++) upTo[n] = context.measureText(text.slice(0, n)).width;
      upTo[seen + 1] = seen < text.length ? Infinity : upTo[seen]!;
      this.widths.set(text, upTo);
    }
    if (upTo[upTo.length - 1]! <= width) return text;
    let n = upTo.length - 3;
    while (n > 2 && upTo[n]! + upTo[0]! > width) n--;
    return n > 2 ? `${text.slice(0, n)}…` : '';
  }
}
