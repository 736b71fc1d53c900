/**
 * The floor of the constellation: bare three.js that draws the same balls and lines, as one call each, and nothing else. What the product gave
 * to the graphics interface is at hand before the clock runs. Runs in an empty page.
 */
import { BufferAttribute, BufferGeometry, GLSL3, LineBasicMaterial, LineSegments, Matrix4, PerspectiveCamera, Points, RawShaderMaterial, Scene, WebGLRenderer } from './three.module.js'; // prettier-ignore

const VERTEX = `
precision highp float;
uniform mat4 projectionMatrix;
uniform mat4 modelViewMatrix;
uniform float scale;
in vec3 position;
in float radius;
in vec3 colour;
out vec3 tint;
void main() {
  vec4 view = modelViewMatrix * vec4(position, 1.0);
  gl_Position = projectionMatrix * view;
  gl_PointSize = clamp(2.0 * radius * scale / -view.z, 3.0, 400.0);
  tint = colour;
}`;
const FRAGMENT = `
precision mediump float;
in vec3 tint;
out vec4 pixel;
void main() {
  vec2 at = gl_PointCoord * 2.0 - 1.0;
  float far = dot(at, at);
  if (far > 1.0) discard;
  pixel = vec4(tint * (0.74 + 0.26 * sqrt(1.0 - far) - 0.12 * at.y), 1.0);
}`;

/** As the product draws lines: one plain colour, first of all, and nothing compared. */
const LEAN_VERTEX = `
precision highp float;
uniform mat4 projectionMatrix;
uniform mat4 modelViewMatrix;
in vec3 position;
in vec4 color;
flat out vec4 tint;
void main() {
  gl_Position = projectionMatrix * (modelViewMatrix * vec4(position, 1.0));
  tint = color;
}`;
const LEAN_FRAGMENT = `
precision mediump float;
flat in vec4 tint;
out vec4 pixel;
void main() {
  pixel = tint;
}`;

/** `lean`: with lines as the product has them, rather than those of three.js. */
window.startFloor = ({
  width,
  height,
  positions,
  radii,
  colours,
  index,
  lines,
  lineColours,
  view,
  projection,
  scale,
  antialias,
  lean,
}) => {
  const canvas = document.body.appendChild(document.createElement('canvas'));
  const renderer = new WebGLRenderer({ canvas, antialias, alpha: false, stencil: false });
  // Colours come as the screen shows them: converting each pixel of each line would be work that nobody asked for.
  renderer.outputColorSpace = 'srgb-linear';
  renderer.setSize(width, height, false);
  renderer.setClearColor(0xffffff, 1);
  const scene = new Scene();
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(Float32Array.from(positions), 3));
  geometry.setAttribute('radius', new BufferAttribute(Float32Array.from(radii), 1));
  geometry.setAttribute('colour', new BufferAttribute(Uint8Array.from(colours), 4, true));
  geometry.setIndex(new BufferAttribute(Uint32Array.from(index), 1));
  const material = new RawShaderMaterial({ glslVersion: GLSL3, vertexShader: VERTEX, fragmentShader: FRAGMENT, uniforms: { scale: { value: scale } } }); // prettier-ignore
  const edges = new BufferGeometry();
  edges.setAttribute('position', new BufferAttribute(Float32Array.from(lines), 3));
  edges.setAttribute('color', new BufferAttribute(Uint8Array.from(lineColours), 4, true));
  const plain = lean
    ? new RawShaderMaterial({ glslVersion: GLSL3, vertexShader: LEAN_VERTEX, fragmentShader: LEAN_FRAGMENT, depthTest: false, depthWrite: false }) // prettier-ignore
    : new LineBasicMaterial({ vertexColors: true });
  const [below, above] = [new LineSegments(edges, plain), new Points(geometry, material)];
  if (lean) above.renderOrder = 1;
  for (const each of [below, above]) {
    each.frustumCulled = false;
    each.matrixAutoUpdate = false;
    scene.add(each);
  }
  const camera = new PerspectiveCamera();
  camera.matrixAutoUpdate = false;
  camera.projectionMatrix.fromArray(projection);
  camera.projectionMatrixInverse.copy(camera.projectionMatrix).invert();
  const from = new Matrix4().fromArray(view).invert();
  /** `closer`: along the line of sight, as a share of the distance to the middle. */
  window.floorDraw = (closer) => {
    camera.matrix.copy(from);
    const back = from.elements;
    const distance = Math.hypot(back[12], back[13], back[14]) * (closer - 1);
    for (let i = 0; i < 3; i++) camera.matrix.elements[12 + i] += back[8 + i] * distance;
    camera.matrixWorldNeedsUpdate = true;
    renderer.render(scene, camera);
  };
};
