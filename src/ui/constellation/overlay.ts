/** What lies over the picture: names, and circles around what is chosen and what is under the pointer. Text of a recording is only ever drawn as text. */
import { LABEL_HEIGHT, type Label, type PlacedLabel } from './labels.js';
import type { Colours } from './palette.js';

interface Circle {
  x: number;
  y: number;
  radius: number;
}

export class Overlay {
  private readonly pen: CanvasRenderingContext2D;
  private readonly widths = new Map<string, number>();
  private size = { width: 1, height: 1, ratio: 1 };
  private font = 'sans-serif';

  constructor(readonly canvas: HTMLCanvasElement) {
    this.pen = canvas.getContext('2d')!;
  }

  resize(width: number, height: number, ratio: number): void {
    this.size = { width, height, ratio };
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
  }

  /** Of a label, in CSS pixels. */
  width(label: Label): number {
    const detail = label.detail === '' ? 0 : this.measure(label.detail, false) + 5;
    return this.measure(label.text, label.kind !== 'process') + detail + 6;
  }

  draw(
    labels: readonly PlacedLabel[],
    colours: Colours,
    rings: { selected: Circle | undefined; hovered: Circle | undefined },
  ): void {
    const { pen, size } = this;
    if (this.font !== colours.font) {
      this.font = colours.font;
      this.widths.clear();
    }
    pen.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
    pen.clearRect(0, 0, size.width, size.height);
    pen.textBaseline = 'middle';
    for (const label of labels) {
      const strong = label.kind !== 'process';
      // A little of the background behind each name keeps it readable over lines.
      pen.globalAlpha = 0.72;
      pen.fillStyle = colours.surface;
      pen.fillRect(label.left, label.top, label.width, label.height);
      pen.globalAlpha = 1;
      pen.font = this.fontOf(strong);
      pen.fillStyle = label.kind === 'selected' ? colours.accentText : label.kind === 'island' ? colours.textFaint : colours.text; // prettier-ignore
      const middle = label.top + LABEL_HEIGHT / 2;
      pen.fillText(label.text, label.left + 3, middle);
      if (label.detail === '') continue;
      pen.font = this.fontOf(false);
      pen.fillStyle = colours.textFaint;
      pen.fillText(label.detail, label.left + 3 + this.measure(label.text, strong) + 5, middle);
    }
    this.ring(rings.hovered, colours.text, 1);
    this.ring(rings.selected, colours.accentText, 2);
  }

  private ring(circle: Circle | undefined, colour: string, width: number): void {
    if (circle === undefined) return;
    const { pen } = this;
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(circle.x, circle.y, circle.radius + 2 + width, 0, 2 * Math.PI);
    pen.stroke();
  }

  private fontOf(strong: boolean): string {
    return `${strong ? '600 ' : ''}11px ${this.font}`;
  }

  private measure(text: string, strong: boolean): number {
    const key = `${strong ? '!' : ''}${text}`;
    let width = this.widths.get(key);
    if (width === undefined) {
      this.pen.font = this.fontOf(strong);
      width = this.pen.measureText(text).width;
      if (this.widths.size > 4_000) this.widths.clear();
      this.widths.set(key, width);
    }
    return width;
  }
}
