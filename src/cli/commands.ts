/** What the command can do. */
import type { Command } from 'commander';

/** All commands by group and name. One is loaded when it is asked for: what all of them need together takes half a second. */
export const COMMANDS: Readonly<Record<string, Readonly<Record<string, () => Promise<Command>>>>> = {
  'Record:': {
    run: async () => (await import('./commands/run.js')).runCommand(),
    attach: async () => (await import('./commands/attach.js')).attachCommand(),
    plan: async () => (await import('./commands/plan.js')).planCommand(),
    depth: async () => (await import('./commands/depth.js')).depthCommand(),
  },
  'Look:': {
    open: async () => (await import('./commands/open.js')).openCommand(),
    info: async () => (await import('./commands/info.js')).infoCommand(),
    ps: async () => (await import('./commands/ps.js')).psCommand(),
    events: async () => (await import('./commands/events.js')).eventsCommand(),
    state: async () => (await import('./commands/state.js')).stateCommand(),
    mailbox: async () => (await import('./commands/mailbox.js')).mailboxCommand(),
    stack: async () => (await import('./commands/stack.js')).stackCommand(),
    variables: async () => (await import('./commands/variables.js')).variablesCommand(),
    lines: async () => (await import('./commands/lines.js')).linesCommand(),
    table: async () => (await import('./commands/table.js')).tableCommand(),
    links: async () => (await import('./commands/links.js')).linksCommand(),
    names: async () => (await import('./commands/names.js')).namesCommand(),
  },
  'Find out:': {
    crashes: async () => (await import('./commands/crashes.js')).crashesCommand(),
    exceptions: async () => (await import('./commands/exceptions.js')).exceptionsCommand(),
    why: async () => (await import('./commands/why.js')).whyCommand(),
    history: async () => (await import('./commands/history.js')).historyCommand(),
    find: async () => (await import('./commands/find.js')).findCommand(),
    next: async () => (await import('./commands/next.js')).nextCommand(),
    messages: async () => (await import('./commands/messages.js')).messagesCommand(),
    totals: async () => (await import('./commands/totals.js')).totalsCommand(),
    compare: async () => (await import('./commands/compare.js')).compareCommand(),
    sql: async () => (await import('./commands/sql.js')).sqlCommand(),
    marks: async () => (await import('./commands/marks.js')).marksCommand(),
  },
  'Share and keep:': {
    export: async () => (await import('./commands/export.js')).exportCommand(),
    ship: async () => (await import('./commands/ship.js')).shipCommand(),
    offload: async () => (await import('./commands/offload.js')).offloadCommand(),
    slice: async () => (await import('./commands/slice.js')).sliceCommand(),
    redact: async () => (await import('./commands/redact.js')).redactCommand(),
    pack: async () => (await import('./commands/pack.js')).packCommand(),
    unpack: async () => (await import('./commands/pack.js')).unpackCommand(),
    verify: async () => (await import('./commands/verify.js')).verifyCommand(),
    repair: async () => (await import('./commands/repair.js')).repairCommand(),
  },
};
