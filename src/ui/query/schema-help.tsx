/** The tables and their columns; a click puts a name into the question. */
import type { ReactNode } from 'react';
import { useSession } from '../panels/context.js';
import { useStore } from '../state/store.js';

export function SchemaHelp({ insert }: { insert: (word: string) => void }): ReactNode {
  const session = useSession();
  const schema = useStore(session.query.store, (state) => state.schema);
  return (
    <details className="schema" data-testid="query-schema">
      <summary>Tables</summary>
      <div className="schema-body">
        {schema === undefined ? (
          <p className="empty">Looking…</p>
        ) : (
          schema.tables.map((table) => (
            <section key={table.name}>
              <button
                type="button"
                className="link mono"
                onClick={() => {
                  insert(table.name);
                }}
              >
                {table.name}
              </button>
              <p>
                {table.columns.map((column) => (
                  <button
                    type="button"
                    key={column.name}
                    className="schema-column mono"
                    title={column.type}
                    onClick={() => {
                      insert(column.name);
                    }}
                  >
                    {column.name}
                  </button>
                ))}
              </p>
            </section>
          ))
        )}
        <p className="faint">
          events, states, calls and lines take a part: events(since =&gt; &apos;+1s&apos;, until =&gt; &apos;+2s&apos;,
          process =&gt; &apos;Shop.Stock&apos;).
        </p>
      </div>
    </details>
  );
}
