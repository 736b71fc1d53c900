/**
 * A picture with smooth edges from a card that was asked for none: drawn into a buffer of four samples a pixel, then put on the screen. Costs a
 * software renderer about three times the plain picture, which is why only a picture at rest is drawn so.
 */
import {
  BufferAttribute,
  BufferGeometry,
  GLSL3,
  Mesh,
  PerspectiveCamera,
  RawShaderMaterial,
  Scene,
  WebGLRenderTarget,
  type Camera,
  type Texture,
  type WebGLRenderer,
} from 'three';

const SAMPLES = 4;
const VERTEX = `
precision highp float;
in vec3 position;
void main() {
  gl_Position = vec4(position, 1.0);
}`;
const FRAGMENT = `
precision mediump float;
uniform sampler2D picture;
out vec4 pixel;
void main() {
  pixel = vec4(texelFetch(picture, ivec2(gl_FragCoord.xy), 0).rgb, 1.0);
}`;

export class Smooth {
  private target: WebGLRenderTarget | undefined;
  private readonly screen = new Scene();
  private readonly sheet: Mesh<BufferGeometry, RawShaderMaterial>;
  private readonly front = new PerspectiveCamera();

  constructor(private readonly renderer: WebGLRenderer) {
    // One triangle that covers the whole picture.
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new BufferAttribute(Float32Array.of(-1, -1, 0, 3, -1, 0, -1, 3, 0), 3));
    const uniforms: { picture: { value: Texture | undefined } } = { picture: { value: undefined } };
    const material = new RawShaderMaterial({ glslVersion: GLSL3, vertexShader: VERTEX, fragmentShader: FRAGMENT, uniforms, depthTest: false, depthWrite: false }); // prettier-ignore
    this.sheet = new Mesh(geometry, material);
    this.sheet.frustumCulled = false;
    this.screen.add(this.sheet);
  }

  render(scene: Scene, camera: Camera): void {
    const { renderer } = this;
    const { width, height } = renderer.getContext().canvas;
    if (this.target?.width !== width || this.target.height !== height) {
      this.target?.dispose();
      this.target = new WebGLRenderTarget(width, height, { samples: SAMPLES, generateMipmaps: false });
      this.sheet.material.uniforms['picture']!.value = this.target.texture;
    }
    renderer.setRenderTarget(this.target);
    renderer.render(scene, camera);
    renderer.setRenderTarget(null);
    renderer.render(this.screen, this.front);
  }

  dispose(): void {
    this.target?.dispose();
    this.sheet.geometry.dispose();
    this.sheet.material.dispose();
  }
}
