export { SystemPlace } from './place.js';
