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

/** What browsers say that keep the name for an extension. */
const MASKED = /^(webkit webgl|mozilla)$/i;

/** Undefined: no WebGL2. */
function rendererName(): string | undefined {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (gl === null) return undefined;
  let name = String(gl.getParameter(gl.RENDERER));
  const extension = MASKED.test(name) ? gl.getExtension('WEBGL_debug_renderer_info') : null;
  if (extension !== null) name = String(gl.getParameter(extension.UNMASKED_RENDERER_WEBGL));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return name;
}
