import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openRecording, type BulkRecording } from '../recording/index.js';
import { writeChart, writeSyntheticRecording } from '../recording/testing/index.js';
import { openSql } from '../sql/index.js';
import { exportRecording, type ExportFormat } from './index.js';

const shop = `
client     stock      log
           =9
  |--take--->|
             #take
             |--sold--->|
             =8
             .
                        #sold
                        .
  |--take--->|
             #take
             !
  |--last--->|
             #last
`;

async function exported(
  to: ExportFormat,
  look: (file: Buffer, recording: BulkRecording) => void,
  write: (path: string) => void = (path) => writeChart(shop, { path, blockEvents: 4 }),
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'escope-export-'));
  try {
    const path = join(directory, 'r.escope');
    write(path);
    const recording = openRecording(path);
    await exportRecording(recording, { to, out: join(directory, "it's out"), table: 'events' });
    expect(readdirSync(directory).sort()).toEqual(["it's out", 'r.escope']);
    look(readFileSync(join(directory, "it's out")), recording);
    recording.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const synthetic = (path: string): void => {
  writeSyntheticRecording({ path, events: 4000, processes: 40, seed: 5, blockEvents: 500 });
};

describe('tables', () => {
  it('are one line of CSV an event', async () => {
    await exported('csv', (file) => {
      const lines = file.toString().trimEnd().split('\n');
      expect(lines[0]).toMatch(/^seq,ns,time,kind,process,pid,name,/);
      expect(lines.slice(1, 3).map((line) => line.split(',').slice(0, 7).join(' '))).toEqual([
        '1 1000 1970-01-01 00:00:00.000001 state 2 <0.101.0> stock',
        '2 2000 1970-01-01 00:00:00.000002 send 1 <0.100.0> client',
      ]);
    });
  });

  it('are one line of JSON an event', async () => {
    await exported('json', (file, recording) => {
      const lines = file.toString().trimEnd().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual(
        [...recording.events({})].map(({ seq }) => seq),
      );
    });
  });

  it('are Parquet', async () => {
    await exported('parquet', (file) => {
      expect([file.subarray(0, 4).toString(), file.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
    });
  });

  it.each([
    ['csv', "read_csv(?, header = true, types = {'time': 'TIMESTAMP_NS'})"],
    ['json', 'read_json(?)'],
    ['parquet', 'read_parquet(?)'],
  ] as const)('are opened by DuckDB: %s', async (format, reader) => {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const directory = mkdtempSync(join(tmpdir(), 'escope-export-'));
    try {
      const path = join(directory, 'r.escope');
      synthetic(path);
      const recording = openRecording(path);
      const session = await openSql(recording);
      const shown = `count(*), sum(seq), sum(ns), min(time)::varchar, max(time)::varchar, count(distinct kind), count(name), sum(hash(value)), sum(length(json)), sum(cause), count(peer)`;
      const expected: unknown[][] = [];
      for await (const some of (await session.query(`select ${shown} from events`)).rows) expected.push(...some);
      session.close();
      const out = join(directory, `events.${format}`);
      await exportRecording(recording, { to: format, out, table: 'events' });
      recording.close();
      // A DuckDB that knows nothing of us.
      const instance = await DuckDBInstance.create(':memory:');
      const connection = await instance.connect();
      const json = format === 'json' ? 'sum(length(json::varchar))' : 'sum(length(json))';
      const found = await connection.runAndReadAll(
        `select ${shown.replace('sum(length(json))', json)} from ${reader.replace('?', `'${out}'`)}`,
      );
      expect(found.getRowsJson().map((row) => row.map(String))).toEqual(expected.map((row) => row.map(String)));
      connection.closeSync();
      instance.closeSync();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

/** The fields of a protobuf message, read by nothing but the encoding's rules. */
function fields(bytes: Buffer): { field: number; value: number | Buffer; wire: number }[] {
  const found: { field: number; value: number | Buffer; wire: number }[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag % 8 === 0) found.push({ field: tag >> 3, value: varint(), wire: 0 });
    else if (tag % 8 === 1)
      found.push({ field: tag >> 3, value: Number(bytes.readBigUInt64LE((at += 8) - 8)), wire: 1 });
    else if (tag % 8 === 2) {
      const length = varint();
      found.push({ field: tag >> 3, value: bytes.subarray(at, (at += length)), wire: 2 });
    } else throw new Error(`wire type ${tag % 8}`);
  }
  return found;
}
const all = (bytes: Buffer, field: number): (number | Buffer)[] =>
  fields(bytes).flatMap((one) => (one.field === field ? [one.value] : []));

interface TraceEvent {
  ns: number;
  type: number;
  track: number;
  flows: number[];
  ends: number[];
}

function traceEvents(file: Buffer): TraceEvent[] {
  return all(file, 1).flatMap((packet) =>
    all(packet as Buffer, 11).map((event) => ({
      ns: all(packet as Buffer, 8)[0] as number,
      type: all(event as Buffer, 9)[0] as number,
      track: all(event as Buffer, 11)[0] as number,
      flows: all(event as Buffer, 47) as number[],
      ends: all(event as Buffer, 48) as number[],
    })),
  );
}

/** What we write of perfetto/trace/trace.proto and what it includes: each field's name, and its type as it lies in the file. */
type Schema = Record<number, ['varint' | 'fixed64' | 'text' | Schema, string]>;
const TRACE: Schema = {
  1: [
    {
      8: ['varint', 'timestamp'],
      10: ['varint', 'trusted_packet_sequence_id'],
      11: [
        {
          4: [{ 3: ['varint', 'uint_value'], 6: ['text', 'string_value'], 10: ['text', 'name'] }, 'debug_annotations'],
          9: ['varint', 'type'],
          10: ['varint', 'name_iid'],
          11: ['varint', 'track_uuid'],
          22: ['text', 'categories'],
          23: ['text', 'name'],
          47: ['fixed64', 'flow_ids'],
          48: ['fixed64', 'terminating_flow_ids'],
        },
        'track_event',
      ],
      12: [{ 2: [{ 1: ['varint', 'iid'], 2: ['text', 'name'] }, 'event_names'] }, 'interned_data'],
      13: ['varint', 'sequence_flags'],
      60: [
        {
          1: ['varint', 'uuid'],
          3: [{ 1: ['varint', 'pid'], 6: ['text', 'process_name'] }, 'process'],
          4: [{ 1: ['varint', 'pid'], 2: ['varint', 'tid'], 5: ['text', 'thread_name'] }, 'thread'],
          5: ['varint', 'parent_uuid'],
        },
        'track_descriptor',
      ],
    },
    'packet',
  ],
};

/** Names of all fields that occur; throws where one is not of the schema, or of another type. */
function conforming(bytes: Buffer, schema: Schema, seen = new Set<string>()): Set<string> {
  for (const { field, value, wire } of fields(bytes)) {
    const known = schema[field];
    if (known === undefined) throw new Error(`field ${field} is not known`);
    const [type, name] = known;
    seen.add(name);
    const expected = type === 'varint' ? 0 : type === 'fixed64' ? 1 : 2;
    if (wire !== expected) throw new Error(`${name} is of wire type ${wire}`);
    if (type === 'text') new TextDecoder('utf-8', { fatal: true }).decode(value as Buffer);
    else if (typeof type === 'object') conforming(value as Buffer, type, seen);
  }
  return seen;
}

describe('a Perfetto trace', () => {
  it("fits Perfetto's schema, and gives no name and no track that it has not defined", async () => {
    await exported(
      'perfetto',
      (file) => {
        expect([...conforming(file, TRACE)].sort()).toEqual(expect.arrayContaining(['flow_ids', 'name_iid', 'terminating_flow_ids', 'thread_name', 'track_uuid'])); // prettier-ignore
        const names = new Set<number>();
        const tracks = new Set<number>();
        for (const packet of all(file, 1) as Buffer[]) {
          expect(all(packet, 10)).toEqual([1]);
          for (const track of all(packet, 60) as Buffer[]) {
            for (const parent of all(track, 5)) expect(tracks).toContain(parent);
            tracks.add(all(track, 1)[0] as number);
          }
          for (const interned of all(packet, 12) as Buffer[])
            for (const name of all(interned, 2) as Buffer[]) names.add(all(name, 1)[0] as number);
          for (const event of all(packet, 11) as Buffer[]) {
            for (const name of all(event, 10)) expect(names).toContain(name);
            for (const track of all(event, 11)) expect(tracks).toContain(track);
          }
        }
        expect(names.size).toBeGreaterThan(3);
      },
      synthetic,
    );
  });

  it('has a track for each process, and follows a message from send to handling', async () => {
    await exported('perfetto', (file) => {
      const tracks = all(file, 1)
        .flatMap((packet) => all(packet as Buffer, 60))
        .flatMap((track) => all(track as Buffer, 4).flatMap((thread) => all(thread as Buffer, 5)))
        .map(String);
      expect(tracks).toEqual(['recording', 'client <0.100.0>', 'stock <0.101.0>', 'log <0.102.0>']);
      const events = traceEvents(file);
      const slices = events.filter(({ type }) => type !== 3);
      expect(
        slices.map(({ ns, type, track }) => `${ns / 1000} ${type === 1 ? 'begins' : 'ends'} ${(track - 1) / 2}`),
      ).toEqual(
        ['3 begins 2', '6 ends 2', '7 begins 3', '8 ends 3', '10 begins 2', '11 ends 2', '13 begins 2'], // prettier-ignore
      );
      const first = slices[0]!.ends[0]!;
      const arrival = events.find(({ type, flows }) => type === 3 && flows.includes(first))!;
      expect(arrival).toMatchObject({ ns: 2000, track: 5 });
      const send = events.find(({ flows }) => flows.length === 1 && arrival.flows.includes(flows[0]!))!;
      expect(send).toMatchObject({ ns: 2000, track: 3 });
    });
  });

  it('closes no slice that was not opened', async () => {
    await exported(
      'perfetto',
      (file, recording) => {
        const open = new Map<number, number>();
        for (const { type, track } of traceEvents(file)) {
          if (type === 1) open.set(track, (open.get(track) ?? 0) + 1);
          if (type === 2) open.set(track, (open.get(track) ?? 0) - 1);
          expect(open.get(track) ?? 0).toBeGreaterThanOrEqual(0);
        }
        const { call = 0, handle = 0 } = recording.info().kinds;
        expect(traceEvents(file).filter(({ type }) => type === 1).length).toBe(call + handle);
      },
      synthetic,
    );
  });
});

interface Profile {
  name: string;
  startValue: number;
  endValue: number;
  events: { type: 'O' | 'C'; frame: number; at: number }[];
}

describe('a speedscope file', () => {
  const require = createRequire(import.meta.url);
  const schema = JSON.parse(
    readFileSync(require.resolve('speedscope/dist/release/file-format-schema.json'), 'utf8'),
  ) as object;
  const valid = new Ajv({ strict: false }).compile(schema);

  it.each([
    ['a chart', undefined],
    ['many processes', synthetic],
  ])("fits speedscope's schema and closes what it opens, in order: %s", async (_, write) => {
    await exported(
      'speedscope',
      (file) => {
        const content = JSON.parse(file.toString()) as { profiles: Profile[]; shared: { frames: unknown[] } };
        expect(valid(content), JSON.stringify(valid.errors)).toBe(true);
        for (const { events, endValue } of content.profiles) {
          const open: number[] = [];
          let last = 0;
          for (const { type, frame, at } of events) {
            expect(at).toBeGreaterThanOrEqual(last);
            last = at;
            expect(frame).toBeLessThan(content.shared.frames.length);
            if (type === 'O') open.push(frame);
            else expect(open.pop()).toBe(frame);
          }
          expect(open).toEqual([]);
          expect(last).toBeLessThanOrEqual(endValue);
        }
        if (write === undefined)
          expect(content.profiles.map(({ name, events }) => `${name}: ${events.map(({ type, at }) => `${type}${at / 1000}`).join(' ')}`)).toEqual([
            'stock <0.101.0>: O3 C6 O10 C11 O13 C13',
            'log <0.102.0>: O7 C8',
          ]); // prettier-ignore
      },
      write,
    );
  });
});

/** opentelemetry/proto/trace/v1/trace.proto in its JSON mapping: ids in hex, 64-bit numbers as text, nothing unknown. */
const hex = (bytes: number): z.ZodType<string> => z.string().regex(new RegExp(`^(?!0+$)[0-9a-f]{${bytes * 2}}$`));
const uint64 = z.string().regex(/^\d{1,20}$/);
const attributes = z.array(
  z.strictObject({
    key: z.string().min(1),
    value: z.union([z.strictObject({ stringValue: z.string() }), z.strictObject({ intValue: uint64 }), z.strictObject({ boolValue: z.boolean() })]), // prettier-ignore
  }),
);
const span = z
  .strictObject({
    traceId: hex(16),
    spanId: hex(8),
    parentSpanId: hex(8).optional(),
    name: z.string().min(1),
    kind: z.int().min(1).max(5),
    startTimeUnixNano: uint64,
    endTimeUnixNano: uint64,
    attributes,
    links: z.array(z.strictObject({ traceId: hex(16), spanId: hex(8) })),
    status: z.strictObject({ code: z.literal([1, 2]).optional() }),
  })
  .refine(({ startTimeUnixNano, endTimeUnixNano }) => BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano));
const tracesData = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.array(z.strictObject({ scope: z.strictObject({ name: z.string() }), spans: z.array(span) })),
    }),
  ),
});

describe('OpenTelemetry traces', () => {
  const spansOf = (file: Buffer): z.infer<typeof span>[] =>
    file
      .toString()
      .trimEnd()
      .split('\n')
      .flatMap((line) => tracesData.parse(JSON.parse(line)).resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

  it('link a callback to the one that sent its message', async () => {
    await exported('otlp', (file) => {
      const spans = spansOf(file);
      const [take, sold, raised, unfinished] = spans;
      expect(spans.length).toBe(4);
      expect(sold!.links).toEqual([{ traceId: take!.traceId, spanId: take!.spanId }]);
      expect([take!.links, raised!.links]).toEqual([[], []]);
      expect(raised!.status).toEqual({ code: 2 });
      expect(unfinished!.attributes).toContainEqual({ key: 'elixirscope.unfinished', value: { boolValue: true } });
    });
  });

  it('have a span for each callback and call, and every link and parent is there', async () => {
    await exported(
      'otlp',
      (file, recording) => {
        const spans = spansOf(file);
        const { call = 0, handle = 0 } = recording.info().kinds;
        expect(spans.length).toBe(call + handle);
        const ids = new Map(spans.map((one) => [one.spanId, one.traceId]));
        expect(ids.size).toBe(spans.length);
        for (const { traceId, parentSpanId, links } of spans) {
          if (parentSpanId !== undefined) expect(ids.get(parentSpanId)).toBe(traceId);
          for (const link of links) expect(ids.get(link.spanId)).toBe(link.traceId);
        }
      },
      synthetic,
    );
  });
});
