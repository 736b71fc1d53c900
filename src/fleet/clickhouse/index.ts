export { isClickHouseUrl, parseAddress, type Address } from './address.js';
export { prepareShipping, ship, shipName, type ShipOptions, type ShipResult } from './ship.js';
export { openInClickHouse } from './remote-store.js';
export { openClickHouseSql } from './sql.js';
