export { FleetError } from './fleet-error.js';
export * from './clickhouse/index.js';
export * from './s3/index.js';
