/** Questions to begin with: shown as they are, to be changed. */
export const EXAMPLES: readonly { title: string; text: string }[] = [
  { title: 'What happened, by kind', text: 'select kind, count(*) as n from events group by kind order by n desc' },
  {
    title: 'Messages over time',
    text: 'select send_ns // 100000000 * 100000000 as ns, count(*) as messages\nfrom messages where send_ns is not null group by 1 order by 1',
  },
  {
    title: 'The busiest processes',
    text: "select coalesce(name, pid) as who, sum(duration_ns) / 1e6 as ms, count(*) as callbacks, any_value(process) as process\nfrom calls where kind = 'callback' group by 1 order by ms desc limit 20",
  },
  {
    title: 'The slowest callbacks',
    text: "select start_ns, duration_ns, seq, process, name, function, arguments\nfrom calls where kind = 'callback' and end_seq is not null order by duration_ns desc limit 100",
  },
  {
    title: 'Where messages wait longest',
    text: 'select coalesce(receiver_name, receiver_pid) as who, median(wait_ns) / 1e6 as median_ms, max(wait_ns) / 1e6 as max_ms\nfrom messages where handle_seq is not null group by 1 order by max_ms desc limit 20',
  },
  {
    title: 'Who died, and of what',
    text: 'select exit_ns, exit_seq, process, coalesce(name, pid) as who, exit_reason\nfrom processes where exit_seq is not null order by exit_seq',
  },
  { title: 'Bookmarks and notes', text: 'select ns, seq, process, mark, path, text from marks order by seq' },
];
