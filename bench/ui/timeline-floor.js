/**
 * The floor of the timeline: the same marks on one bare canvas of the same size, and nothing else. What is to be drawn is at hand before the
 * clock runs. Densities are written as pixels, single calls are filled by colour, texts are measured once.
 *
 * Runs in an empty page; `scene` comes from timeline.mjs.
 */
window.startFloor = (scene) => {
  const { width, height, lanes, bins, binNs, fromNs, slices } = scene;
  const canvas = document.body.appendChild(document.createElement('canvas'));
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d', { alpha: false });
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const ramp = (r, g, b) =>
    Uint32Array.from({ length: 12 }, (_, i) => {
      const mix = (each) => Math.round(250 + (each - 250) * (0.32 + (0.68 * i) / 11));
      return (255 << 24) | (mix(b) << 16) | (mix(g) << 8) | mix(r);
    });
  // First row, last row, bit of the family, its colours.
  const bands = [
    [4, 8, 1, ramp(60, 120, 220)],
    [10, 17, 2, ramp(90, 160, 120)],
    [19, 22, 4, ramp(220, 140, 40)],
  ];
  const kinds = new Uint8Array(width);
  const weights = new Uint8Array(width);
  const ALT = 0xfff4f4f4;
  const LIFE = 0xffe8e8e8;
  const GRID = 0xffeeeeee;
  context.font = '10px sans-serif';
  context.textBaseline = 'middle';
  const widths = new Map(slices.names.map((name) => [name, context.measureText(name).width]));
  const order = Uint32Array.from(slices.lane.keys());

  const draw = (window) => {
    const nsPerPx = (window.toNs - window.fromNs) / width;
    pixels.fill(0xffffffff);
    lanes.forEach(({ top, tall }, i) => {
      if (i % 2 === 1) pixels.fill(ALT, Math.max(0, top) * width, Math.min(height, top + tall) * width);
    });
    const step = 110 * nsPerPx;
    for (let ns = Math.ceil(window.fromNs / step) * step; ns < window.toNs; ns += step) {
      const x = Math.floor((ns - window.fromNs) / nsPerPx);
      for (let at = x; at < pixels.length; at += width) pixels[at] = GRID;
    }
    const start = Math.max(0, Math.floor(-window.fromNs / nsPerPx));
    const end = Math.min(width, Math.ceil((scene.endNs - window.fromNs) / nsPerPx));
    lanes.forEach(({ top }, lane) => {
      for (let y = Math.max(0, top + 10); y < Math.min(height, top + 18); y++)
        pixels.fill(LIFE, y * width + start, y * width + end);
      if (scene.single) return;
      kinds.fill(0);
      weights.fill(0);
      const row = bins[lane];
      const first = Math.max(0, Math.floor((window.fromNs - fromNs) / binNs));
      const last = Math.min(row.length - 1, Math.floor((window.toNs - fromNs) / binNs));
      for (let i = first; i <= last; i++) {
        const bin = row[i];
        if (bin === 0) continue;
        const x = Math.floor((fromNs + i * binNs - window.fromNs) / nsPerPx);
        if (x < 0 || x >= width) continue;
        kinds[x] |= bin & 7;
        if (weights[x] < bin >> 3) weights[x] = bin >> 3;
      }
      for (const [from, to, mask, colours] of bands) {
        const y0 = Math.max(0, top + from);
        const y1 = Math.min(height, top + to + 1);
        for (let x = 0; x < width; x++) {
          if ((kinds[x] & mask) === 0) continue;
          const colour = colours[Math.min(11, weights[x] - 1)];
          for (let y = y0, at = y0 * width + x; y < y1; y++, at += width) pixels[at] = colour;
        }
      }
    });
    context.putImageData(image, 0, 0);
    const texts = [];
    context.fillStyle = '#cfe3d6';
    context.beginPath();
    for (const i of order) {
      const x0 = (slices.startNs[i] - window.fromNs) / nsPerPx;
      const x1 = (slices.endNs[i] - window.fromNs) / nsPerPx;
      if (x1 < 0 || x0 > width || x1 - x0 < 1.5) continue;
      const y = lanes[slices.lane[i]].top + 9;
      const left = Math.max(-4, x0);
      const wide = Math.min(width + 4, x1) - left;
      if (wide > 5) context.roundRect(left, y, wide, 10, 2.5);
      else context.rect(left, y, wide, 10);
      const name = slices.names[slices.name[i]];
      if (wide > widths.get(name) + 8) texts.push(name, Math.max(0, left) + 4, y + 5.5);
    }
    context.fill();
    context.fillStyle = '#234';
    for (let i = 0; i < texts.length; i += 3) context.fillText(texts[i], texts[i + 1], texts[i + 2]);
    if (!scene.single) return;
    context.fillStyle = '#e08a28';
    context.beginPath();
    for (let i = 0; i < scene.states.ns.length; i++) {
      const x = (scene.states.ns[i] - window.fromNs) / nsPerPx;
      if (x < -6 || x > width + 6) continue;
      const y = lanes[scene.states.lane[i]].top + 19;
      context.moveTo(x, y - 2);
      context.lineTo(x + 3.5, y + 1.8);
      context.lineTo(x, y + 5.6);
      context.lineTo(x - 3.5, y + 1.8);
    }
    context.fill();
  };
  window.floorDraw = draw;
};
