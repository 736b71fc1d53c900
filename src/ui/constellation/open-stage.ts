/** The best stage that this machine has. */
import { CanvasStage } from './canvas-stage.js';
import { ConstellationScene } from './scene.js';
import type { Stage } from './stage.js';

/** Names of renderers that compute every pixel on the processor. */
const SOFTWARE = /swiftshader|llvmpipe|software|basic render/i;

/** A canvas can have one kind of picture in its life: `make` gives a new one each time. */
export function openStage(make: () => HTMLCanvasElement): Stage {
  const renderer = rendererName();
  if (renderer !== undefined) {
    try {
      return new ConstellationScene(make(), { antialias: !SOFTWARE.test(renderer) });
    } catch {
      // Told, but not given: as if there were none.
    }
  }
  return new CanvasStage(make());
}

/** Undefined: no WebGL2. */
function rendererName(): string | undefined {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (gl === null) return undefined;
  const name = String(gl.getParameter(gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return name;
}
