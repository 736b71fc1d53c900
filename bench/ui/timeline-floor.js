/**
 * The floor of the timeline: the same marks on one bare canvas of the same size, and nothing else. What is to be drawn is at hand before the
 * clock runs. Densities, running and waiting and single events are written as pixels, without smooth edges; calls and states are filled by
 * colour in one path each, texts are measured once.
 *
 * Runs in an empty page; `scene` comes from timeline.mjs.
 */
window.startFloor = (scene) => {
  const { width, height, ruler, lanes, endNs, slices, events } = scene;
  const canvas = document.body.appendChild(document.createElement('canvas'));
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d', { alpha: false });
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const ramp = (r, g, b) =>
    Uint32Array.from({ length: 33 }, (_, i) => {
      const mix = (each) => Math.round(250 + (each - 250) * (0.32 + (0.68 * Math.min(11, i)) / 11));
      return (255 << 24) | (mix(b) << 16) | (mix(g) << 8) | mix(r);
    });
  // First row, row after the last, bit of the family, its colours: messages, the foot of calls, states.
  const bands = [
    [4, 9, 0, ramp(60, 120, 220)],
    [16, 18, 1, ramp(160, 80, 150)],
    [19, 23, 2, ramp(220, 140, 40)],
  ];
  // By share of 255: how many of the eight rows of the bar are filled.
  const high = Uint8Array.from({ length: 256 }, (_, share) => (share === 0 ? 0 : Math.max(2, (share * 8 + 127) / 255)));
  const levels = scene.levels.map(({ binNs, fromNs, bins }) => ({
    binNs,
    fromNs,
    bins: bins.map((lane) => Uint32Array.from(lane)),
  }));
  const told = new Uint32Array(width);
  const columns = new Uint16Array(width + 1);
  const colours = new Uint32Array(width + 1);
  const ALT = 0xfff4f4f4;
  const LIFE = 0xffe4e4ee;
  const RUNNING = 0xffb98fc0;
  const CALL = 0xff96509f;
  const GRID = 0xffeeeeee;
  context.font = '10px sans-serif';
  context.textBaseline = 'middle';
  const widths = slices.names.map((name) => context.measureText(name).width);

  /** What there is in each column of a lane: families, weight and the share in which it ran, the most of all that lies there. */
  const gather = (bins, begin, wide) => {
    told.fill(0);
    let occur = 0;
    const from = Math.max(0, Math.ceil(-begin / wide));
    const to = Math.min(bins.length, Math.ceil((width - begin) / wide));
    for (let i = from; i < to; i++) {
      const bin = bins[i];
      const x = (begin + i * wide) | 0;
      const before = told[x];
      occur |= bin;
      told[x] =
        ((before | bin) & 7) | Math.max(before & 0x1f8, bin & 0x1f8) | Math.max(before & 0x1fe00, bin & 0x1fe00);
    }
    return occur;
  };

  const draw = (window) => {
    const nsPerPx = (window.toNs - window.fromNs) / width;
    pixels.fill(0xffffffff);
    for (let i = 1; i < lanes.length; i += 2)
      pixels.fill(ALT, Math.max(0, lanes[i].top) * width, Math.min(height, lanes[i].top + lanes[i].tall) * width);
    const step = 110 * nsPerPx;
    for (let ns = Math.ceil(window.fromNs / step) * step; ns < window.toNs; ns += step) {
      const x = Math.floor((ns - window.fromNs) / nsPerPx);
      for (let at = x; at < pixels.length; at += width) pixels[at] = GRID;
    }
    const start = Math.max(0, Math.floor(-window.fromNs / nsPerPx));
    const end = Math.min(width, Math.ceil((endNs - window.fromNs) / nsPerPx));
    const { binNs, fromNs, bins } = levels.find((each) => each.binNs <= nsPerPx) ?? levels.at(-1);
    for (let lane = 0; lane < lanes.length; lane++) {
      const { top } = lanes[lane];
      const occur = gather(bins[lane], (fromNs - window.fromNs) / nsPerPx, binNs / nsPerPx);
      for (let y = top + 13; y < Math.min(height, top + 15); y++) pixels.fill(LIFE, y * width + start, y * width + end);
      for (let x = start; x < end; x++) {
        const share = told[x] >>> 9;
        if (share === 0) continue;
        for (let y = Math.max(0, top + 18 - high[share]), at = y * width + x; y < Math.min(height, top + 18); y++) {
          pixels[at] = RUNNING;
          at += width;
        }
      }
      if (events !== undefined) continue;
      for (const [first, after, bit, ramp] of bands) {
        if (((occur >> bit) & 1) === 0) continue;
        let n = 0;
        for (let x = 0; x < width; x++) {
          const what = told[x];
          columns[n] = x;
          colours[n] = ramp[(what >>> 3) & 63];
          n += (what >>> bit) & 1;
        }
        for (let y = Math.max(0, top + first); y < Math.min(height, top + after); y++)
          for (let i = 0, row = y * width; i < n; i++) pixels[row + columns[i]] = colours[i];
      }
    }
    if (events !== undefined) {
      const { lane, ns } = events.calls;
      for (let i = 0; i < ns.length; i++) {
        const x = Math.round((ns[i] - window.fromNs) / nsPerPx);
        if (x < 0 || x >= width) continue;
        const { top } = lanes[lane[i]];
        for (let y = top + 10, at = y * width + x; y < Math.min(height, top + 18); y++, at += width) pixels[at] = CALL;
      }
    }
    // The ruler lies over whatever is beneath it.
    pixels.fill(0xffffffff, 0, ruler * width);
    context.putImageData(image, 0, 0);
    const texts = [];
    context.fillStyle = '#cfe3d6';
    context.beginPath();
    for (let i = 0; i < slices.lane.length; i++) {
      const x0 = (slices.startNs[i] - window.fromNs) / nsPerPx;
      const x1 = (slices.endNs[i] - window.fromNs) / nsPerPx;
      if (x1 < 0 || x0 > width || x1 - x0 < 1.5) continue;
      const y = lanes[slices.lane[i]].top + 9;
      const left = Math.max(-4, x0);
      const wide = Math.min(width + 4, x1) - left;
      if (wide > 5) context.roundRect(left, y, wide, 10, 2.5);
      else context.rect(left, y, wide, 10);
      if (wide > widths[slices.name[i]] + 8) texts.push(slices.names[slices.name[i]], Math.max(0, left) + 4, y + 5.5);
    }
    context.fill();
    context.fillStyle = '#234';
    for (let i = 0; i < texts.length; i += 3) context.fillText(texts[i], texts[i + 1], texts[i + 2]);
    if (events === undefined) return;
    context.fillStyle = '#e08a28';
    context.beginPath();
    const { lane, ns } = events.states;
    for (let i = 0; i < ns.length; i++) {
      const x = (ns[i] - window.fromNs) / nsPerPx;
      if (x < -6 || x > width + 6) continue;
      const y = lanes[lane[i]].top + 19;
      context.moveTo(x, y - 2);
      context.lineTo(x + 3.5, y + 1.8);
      context.lineTo(x, y + 5.6);
      context.lineTo(x - 3.5, y + 1.8);
    }
    context.fill();
  };

  // Moved as the view is: by the wheel, drawn with the next picture of the page.
  let shown = scene.window;
  let frame = 0;
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const { fromNs, toNs } = shown;
      const span = toNs - fromNs;
      const by = (event.deltaX * span) / width;
      const middle = (fromNs + toNs) / 2;
      const half = (span * Math.exp(event.deltaY * 0.0022)) / 2;
      shown =
        event.deltaY === 0 ? { fromNs: fromNs + by, toNs: toNs + by } : { fromNs: middle - half, toNs: middle + half };
      if (frame === 0) {
        frame = requestAnimationFrame(() => {
          frame = 0;
          draw(shown);
        });
      }
    },
    { passive: false },
  );
  draw(shown);
};
