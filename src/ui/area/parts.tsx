/** Tables of the area: functions, pairs that speak, processes, what went wrong. */
import type { ReactNode } from 'react';
import type { AreaAnswer, AreaFunction, AreaPair, AreaProcess, EventView } from '../../server/index.js';
import { kindLabel } from '../model/families.js';
import { functionTitle } from '../model/names.js';
import { bytes, count, counted, duration, momentText } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { EventLink, ProcessLink } from '../panels/links.js';
import { setTotals } from './area-actions.js';
import { Share, TotalsTable, type Column } from './table.js';

export function FunctionsPart({ rows, answer }: { rows: readonly AreaFunction[]; answer: AreaAnswer }): ReactNode {
  const session = useSession();
  const columns: Column<AreaFunction>[] = [
    {
      title: 'Function',
      cell: (row) => (
        <span className="area-name">
          <button
            type="button"
            className="link mono clip"
            title={`${row.text}\nGo to the longest call`}
            data-testid="area-function"
            onClick={() => void session.jumpToSeq(row.longest.seq)}
          >
            {functionTitle(row.text)}
          </button>
          {row.line > 0 && (
            <button
              type="button"
              className="icon-button"
              title={`Its source, line ${String(row.line)}`}
              aria-label={`Source of ${row.text}`}
              onClick={() => {
                session.code.open(row.module, row.line, true);
              }}
            >
              source
            </button>
          )}
        </span>
      ),
      value: (row) => row.text,
    },
    {
      title: 'Own',
      hint: 'Time in which it was the innermost recorded call',
      sort: 'own',
      number: true,
      cell: (row) => duration(row.ownNs),
      value: (row) => row.ownNs,
    },
    {
      title: 'Share',
      hint: 'Of the own time of all functions',
      number: true,
      cell: (row) => <Share part={row.ownNs} whole={answer.busyNs} />,
      value: (row) => row.ownNs / Math.max(1, answer.busyNs),
    },
    {
      title: 'Total',
      hint: 'With what it calls; waiting for answers too',
      sort: 'total',
      number: true,
      cell: (row) => duration(row.totalNs),
      value: (row) => row.totalNs,
    },
    {
      title: 'Calls',
      hint: 'Begun in the area; in brackets those under way when it began',
      sort: 'calls',
      number: true,
      cell: (row) => (
        <span title={row.raised > 0 ? `${count(row.raised)} ended with an exception` : undefined}>
          {count(row.calls)}
          {row.before > 0 && <span className="faint">{` (+${count(row.before)})`}</span>}
          {row.raised > 0 && <span className="area-raised">{` ${count(row.raised)} !`}</span>}
        </span>
      ),
      value: (row) => row.calls,
    },
    {
      title: 'Longest',
      sort: 'longest',
      number: true,
      cell: (row) => duration(row.longest.ns),
      value: (row) => row.longest.ns,
    },
  ];
  return (
    <TotalsTable
      label="Time by function"
      columns={columns}
      rows={rows}
      keyOf={(row) => String(row.fn)}
      total={answer.total}
      empty="No calls or callbacks were under way in this area, as far as recorded."
    />
  );
}

const known = (ns: number): string => (ns < 0 ? '–' : duration(ns));

export function MessagesPart({
  rows,
  others,
  answer,
}: {
  rows: readonly AreaPair[];
  others: number;
  answer: AreaAnswer;
}): ReactNode {
  const session = useSession();
  const columns: Column<AreaPair>[] = [
    {
      title: 'From',
      cell: (row) => <ProcessLink id={row.from} />,
      value: (row) => session.name(row.from),
    },
    { title: 'To', cell: (row) => <ProcessLink id={row.to} />, value: (row) => session.name(row.to) },
    {
      title: 'Messages',
      sort: 'count',
      number: true,
      cell: (row) => (
        <button
          type="button"
          className="link num"
          title="Show them as a sequence, from the slowest on"
          data-testid="area-pair"
          disabled={row.from === 0 || row.to === 0}
          onClick={() => {
            session.store.set({ sequence: row.from === row.to ? [row.from] : [row.from, row.to], source: undefined });
            if (row.slowest.seq > 0) void session.jumpToSeq(row.slowest.seq, { keepProcess: true });
          }}
        >
          {count(row.count)}
        </button>
      ),
      value: (row) => row.count,
    },
    {
      title: 'Share',
      number: true,
      cell: (row) => <Share part={row.count} whole={answer.messages} />,
      value: (row) => row.count / Math.max(1, answer.messages),
    },
    {
      title: 'Size',
      hint: 'Recorded bytes of the messages',
      sort: 'bytes',
      number: true,
      cell: (row) => (row.bytes > 0 ? bytes(row.bytes) : '–'),
      value: (row) => row.bytes,
    },
    {
      title: 'Arrived',
      hint: 'From sending to arriving; the middle one',
      number: true,
      cell: (row) => known(row.arriveNs),
      value: (row) => row.arriveNs,
    },
    {
      title: 'Handled',
      hint: 'From sending to the callback that handles it; the middle one',
      sort: 'median',
      number: true,
      cell: (row) => known(row.handleNs),
      value: (row) => row.handleNs,
    },
    {
      title: 'Slowest',
      hint: 'The one that took longest',
      sort: 'max',
      number: true,
      cell: (row) =>
        row.slowest.seq > 0 ? (
          <EventLink seq={row.slowest.seq} title="Go to the slowest">
            {duration(row.slowest.ns)}
          </EventLink>
        ) : (
          '–'
        ),
      value: (row) => row.slowest.ns,
    },
  ];
  return (
    <TotalsTable
      label="Messages by pair"
      columns={columns}
      rows={rows}
      keyOf={(row) => `${String(row.from)}-${String(row.to)}`}
      total={answer.total}
      note={others > 0 && <span>{`${count(others)} more between pairs that are too many to tell apart. `}</span>}
      empty="No messages were sent in this area, as far as recorded."
    />
  );
}

export function ProcessesPart({ rows, answer }: { rows: readonly AreaProcess[]; answer: AreaAnswer }): ReactNode {
  const session = useSession();
  const span = useView((state) => (state.area === undefined ? 1 : state.area.toNs - state.area.fromNs));
  const runs = (row: AreaProcess): number => (answer.scheduled ? row.runningNs : row.busyNs);
  const columns: Column<AreaProcess>[] = [
    {
      title: 'Process',
      cell: (row) => (
        <span className="area-name">
          <ProcessLink id={row.process} />
          <button
            type="button"
            className="icon-button"
            title="Its flame graph"
            aria-label={`Flame graph of ${session.name(row.process)}`}
            onClick={() => {
              setTotals(session, { part: 'flame', process: row.process, path: [] });
            }}
          >
            flame
          </button>
        </span>
      ),
      value: (row) => session.name(row.process),
    },
    {
      title: answer.scheduled ? 'Running' : 'In calls',
      hint: answer.scheduled
        ? 'On a scheduler'
        : 'In a recorded call or callback; when processes were scheduled is not recorded',
      sort: 'running',
      number: true,
      cell: (row) => known(runs(row)),
      value: runs,
    },
    {
      title: 'Of the area',
      number: true,
      cell: (row) => <Share part={Math.max(0, runs(row))} whole={span} />,
      value: (row) => Math.max(0, runs(row)) / span,
    },
    ...(answer.scheduled
      ? [
          {
            title: 'In calls',
            number: true,
            cell: (row: AreaProcess) => duration(row.busyNs),
            value: (row: AreaProcess) => row.busyNs,
          },
        ]
      : []),
    { title: 'Events', sort: 'events', number: true, cell: (row) => count(row.events), value: (row) => row.events },
    { title: 'Sent', sort: 'sent', number: true, cell: (row) => count(row.sent), value: (row) => row.sent },
    {
      title: 'Received',
      sort: 'received',
      number: true,
      cell: (row) => count(row.received),
      value: (row) => row.received,
    },
  ];
  return (
    <TotalsTable
      label="Processes"
      columns={columns}
      rows={rows}
      keyOf={(row) => String(row.process)}
      total={answer.total}
      empty="No process did anything in this area, as far as recorded."
    />
  );
}

export function ErrorsPart({ rows, answer }: { rows: readonly EventView[]; answer: AreaAnswer }): ReactNode {
  const { gaps, gapsMore } = answer;
  const missing = gaps.reduce((sum, gap) => sum + gap.count, 0);
  const columns: Column<EventView>[] = [
    {
      title: 'Moment',
      cell: (row) => <EventLink seq={row.seq}>{momentText(row.ns)}</EventLink>,
      value: (row) => row.ns,
    },
    { title: 'What', cell: (row) => kindLabel(row.kind), value: (row) => row.kind },
    { title: 'Process', cell: (row) => <ProcessLink id={row.process} />, value: (row) => row.process },
    {
      title: 'Why',
      cell: (row) => (
        <code className="mono area-why" title={row.text.text}>
          {row.fn === undefined ? '' : `${functionTitle(row.fn)} `}
          {row.text.text}
        </code>
      ),
      value: (row) => row.text.text,
    },
  ];
  return (
    <>
      {gaps.length > 0 && (
        <div className="gap-note area-gaps" data-testid="area-gaps">
          {`${counted(missing, 'event')} missing in ${counted(gaps.length + gapsMore, 'gap')}: times and counts may be too small. `}
          {gaps.slice(0, 8).map((gap, i) => (
            <span key={i} className="num">
              {`${momentText(gap.fromNs)} for ${duration(gap.toNs - gap.fromNs)} (${gap.reason})${i < Math.min(8, gaps.length) - 1 ? ', ' : ''}`}
            </span>
          ))}
        </div>
      )}
      <TotalsTable
        label="Errors"
        columns={columns}
        rows={rows}
        keyOf={(row) => String(row.seq)}
        total={answer.total}
        empty={answer.done ? 'No crash, exception or logged error in this area.' : 'None so far.'}
      />
    </>
  );
}
