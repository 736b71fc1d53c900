/**
 * A picture of pixels that is put on the canvas in one go. A pixel costs a nanosecond here; a rectangle costs a canvas a thousand, and there
 * are tens of thousands of them. All positions are in device pixels; colours are pixels of ImageData, opaque.
 */
export class Raster {
  width = 0;
  height = 0;
  pixels = new Uint32Array(0);
  /** Rows outside of these are left as they are. */
  top = 0;
  bottom = 0;
  private image: ImageData | undefined;

  resize(width: number, height: number): void {
    this.top = 0;
    this.bottom = height;
    if (this.width === width && this.height === height) return;
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(width * height);
    this.image = undefined;
  }

  fill(x0: number, y0: number, x1: number, y1: number, colour: number): void {
    const { pixels, width } = this;
    const left = x0 < 0 ? 0 : x0;
    const right = x1 > width ? width : x1;
    const last = y1 > this.bottom ? this.bottom : y1;
    if (right <= left) return;
    if (left === 0 && right === width) {
      const first = y0 < this.top ? this.top : y0;
      if (last > first) pixels.fill(colour, first * width, last * width);
      return;
    }
    for (let y = y0 < this.top ? this.top : y0; y < last; y++) {
      const from = y * width + left;
      const to = y * width + right;
      // Below some width the call costs more than the pixels.
      if (to - from > 12) pixels.fill(colour, from, to);
      else for (let at = from; at < to; at++) pixels[at] = colour;
    }
  }

  /** The first `n` of a rising list of columns, in rows `y0` to `y1`. */
  columns(list: Uint16Array, n: number, y0: number, y1: number, colour: number): void {
    if (n === 0) return;
    const { pixels, width } = this;
    const first = list[0]!;
    if (list[n - 1]! - first === n - 1) {
      this.fill(first, y0, first + n, y1, colour);
      return;
    }
    const last = y1 > this.bottom ? this.bottom : y1;
    for (let y = y0 < this.top ? this.top : y0; y < last; y++) {
      const row = y * width;
      for (let i = 0; i < n; i++) pixels[row + list[i]!] = colour;
    }
  }

  /** The same columns as they are in a row of `ground`. */
  restore(list: Uint16Array, n: number, y0: number, y1: number, ground: Uint32Array): void {
    const { pixels, width } = this;
    const last = y1 > this.bottom ? this.bottom : y1;
    for (let y = y0 < this.top ? this.top : y0; y < last; y++) {
      const row = y * width;
      for (let i = 0; i < n; i++) pixels[row + list[i]!] = ground[list[i]!]!;
    }
  }

  /** The same row again and again. */
  rows(y0: number, y1: number, row: Uint32Array): void {
    const { pixels, width } = this;
    const last = y1 > this.bottom ? this.bottom : y1;
    for (let y = y0 < this.top ? this.top : y0; y < last; y++) pixels.set(row, y * width);
  }

  /** Of one row: ends between pixels are mixed with what is there. */
  span(y: number, x0: number, x1: number, colour: number): void {
    if (y < this.top || y >= this.bottom || x1 <= 0 || x0 >= this.width || x1 <= x0) return;
    const { pixels, width } = this;
    const row = y * width;
    const left = x0 < 0 ? 0 : x0;
    const right = x1 > width ? width : x1;
    const from = Math.ceil(left);
    const to = Math.floor(right);
    if (from > to) {
      this.mix(row + to, colour, (right - left) * 256);
      return;
    }
    if (from > left) this.mix(row + from - 1, colour, (from - left) * 256);
    if (right > to) this.mix(row + to, colour, (right - to) * 256);
    if (to - from > 12) pixels.fill(colour, row + from, row + to);
    else for (let at = row + from; at < row + to; at++) pixels[at] = colour;
  }

  /** Mixes a colour into a pixel; `share` of 256. */
  mix(at: number, colour: number, share: number): void {
    const s = share | 0;
    const under = this.pixels[at]!;
    const redBlue = (((colour & 0xff00ff) * s + (under & 0xff00ff) * (256 - s)) >>> 8) & 0xff00ff;
    const green = (((colour & 0x00ff00) * s + (under & 0x00ff00) * (256 - s)) >>> 8) & 0x00ff00;
    this.pixels[at] = (0xff000000 | redBlue | green) >>> 0;
  }

  put(context: CanvasRenderingContext2D): void {
    if (this.width < 1 || this.height < 1) return;
    this.image ??= new ImageData(new Uint8ClampedArray(this.pixels.buffer), this.width, this.height);
    context.putImageData(this.image, 0, 0);
  }
}
