export { SqlError } from './sql-error.js';
export { Names } from './labels.js';
export { plainJson } from './plain-json.js';
export {
  TABLES,
  openSql,
  openTrustedSql,
  type SqlAnswer,
  type SqlColumn,
  type RecordingSql,
  type SqlLimits,
  type SqlProgress,
  type SqlSession,
  type TableName,
} from './session.js';
export type { SqlValue } from './values.js';
