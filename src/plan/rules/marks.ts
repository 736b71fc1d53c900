/** Functions that leave a mark beside the value that they give. */
import type { Depth } from '../../recording/index.js';
import { moduleName } from '../facts.js';
import { isClient, isStarter } from './decisive.js';
import type { Effect } from './effects.js';
import { called, has, names, wish, type Rule } from './reason.js';

const mark =
  (effect: Effect, text: string, depth: Depth = 'values'): Rule =>
  (node) =>
    has(node, effect) ? wish(depth, `${text} (${called(node, effect)})`) : undefined;

const rescues: Rule = ({ fn }) =>
  fn.rescues ? wish('lines', 'catches exceptions: the way it took is not in its value') : undefined;

const shields: Rule = ({ fn }) =>
  fn.shields && !fn.rescues ? wish('values', 'goes on when a call raises') : undefined;

const raises: Rule = ({ fn }) => (fn.raises.length > 0 ? wish('values', `raises ${names(fn.raises, 3)}`) : undefined);

const sends: Rule = (node) => {
  const told = node.fn.sends.filter((outline) => outline !== '_');
  if (told.length > 0) return wish('values', `sends ${names(told)}`);
  if (node.fn.sends.length > 0) return wish('values', 'sends messages');
  return mark('send', 'sends messages')(node, { callbacks: () => undefined });
};

const asksServers: Rule = (node, context) => {
  const asked = node.effects.get('server') ?? [];
  if (asked.length === 0 || isClient(node, context)) return undefined;
  const servers = asked.flatMap(({ subject }) => (subject?.startsWith('Elixir.') ? [moduleName(subject)] : []));
  if (servers.length > 0) return wish('values', `asks ${names([...new Set(servers)], 3)}`);
  return wish('values', `asks another process (${called(node, 'server')})`);
};

const spawns: Rule = (node, context) =>
  isStarter(node, context) ? undefined : mark('spawn', 'starts processes')(node, context);

export const MARKS: readonly Rule[] = [
  mark('transaction', 'a transaction', 'lines'),
  mark('write', 'writes to the database', 'lines'),
  mark('read', 'reads the database'),
  rescues,
  shields,
  raises,
  sends,
  asksServers,
  spawns,
  mark('table', 'touches tables'),
  mark('name', 'touches registered names'),
  mark('timer', 'sets timers'),
  mark('store', 'keeps values aside'),
  mark('process', 'links, watches or ends processes'),
  mark('wait', 'waits'),
  mark('outside', 'talks to the world outside'),
];
