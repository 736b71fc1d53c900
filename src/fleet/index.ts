export { FleetError } from './fleet-error.js';
export * from './clickhouse/index.js';
