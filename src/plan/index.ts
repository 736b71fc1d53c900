export { DepthError, parseDepthRule, parseFunctions, printDepthRule, type DepthRule, type OwnCode } from './depths.js';
