/** A ClickHouse for who cannot wait: questions about a recording that lies there. */
import { HttpFailure, SyncHttp } from '../sync-http.js';
import type { Address } from './address.js';
import { checked, requestOf, unreachable } from './requests.js';
import { RowReader } from './row-binary.js';

/** Nothing here writes. */
const ONLY_READ = { readonly: 2 };

export class Connection {
  readonly #http = new SyncHttp();

  constructor(readonly address: Address) {}

  /** Throws a FleetError. */
  select(sql: string): RowReader {
    const request = requestOf(this.address, { sql, format: 'RowBinary', settings: ONLY_READ });
    for (let attempt = 0; ; attempt++) {
      try {
        return new RowReader(checked(this.address, this.#http.send(request)).body);
      } catch (error) {
        if (!(error instanceof HttpFailure)) throw error;
        // A connection that the server closed while nobody asked.
        if (attempt === 0 && error.code !== 'ECONNREFUSED') continue;
        throw unreachable(this.address, error);
      }
    }
  }

  close(): void {
    this.#http.close();
  }
}
