/** Functions in which it is decided what the program does: callbacks, ways in, processes, tests. */
import { DEPTHS } from '../../recording/index.js';
import { functionKey, moduleName, type ModuleFacts } from '../facts.js';
import { behaviourOf, callbackOf, isServer, isState } from './behaviours.js';
import { final, has, names, wish, type Rule } from './reason.js';

const callback: Rule = ({ fn, behaviours }, { callbacks }) => {
  for (const name of behaviours) {
    const known = behaviourOf(name);
    const found = known && callbackOf(known, fn.name, fn.arity);
    if (known && found) {
      const outlines = found.protocol === undefined ? [] : (fn.patterns[found.protocol] ?? []);
      const protocol = outlines.length > 0 ? `: ${names(outlines, 5)}` : '';
      const text = `${known.name}: ${found.text.replace('$P', protocol).replace('$B', known.name)}`;
      const isDull = DEPTHS.indexOf(found.depth) < DEPTHS.indexOf('values');
      return isDull ? final(found.depth, text) : wish(found.depth, text);
    }
    if (fn.kind === 'public' && callbacks(name)?.includes(functionKey(fn.name, fn.arity)))
      return wish('values', `callback of ${moduleName(name)}`);
  }
  return undefined;
};

const stateFunction: Rule = ({ fn, behaviours }) => {
  if (!isState(behaviours, fn)) return undefined;
  const events = fn.patterns[1] ?? [];
  return wish('lines', `gen_statem: the state ${fn.name}${events.length > 0 ? `, on ${names(events, 5)}` : ''}`);
};

const receiveLoop: Rule = ({ fn, circle }) => {
  if (!fn.receives) return undefined;
  const isLoop = circle !== undefined;
  return wish(
    'lines',
    isLoop ? 'a process of its own kind: receives messages, again and again' : 'waits for a message',
  );
};

const isController = (module: ModuleFacts): boolean =>
  /Controller$/.test(module.module) || module.functions.some(({ name }) => name === 'phoenix_controller_pipeline');

const controller: Rule = ({ fn, module }) => {
  const [first = '_'] = fn.parameters;
  if (!isController(module) || fn.kind !== 'public' || fn.arity !== 2 || !/^_?conn$/.test(first)) return undefined;
  return wish('lines', `controller: the action ${fn.name}`);
};

/** A function plug: takes the connection and gives it back changed. */
const functionPlug: Rule = ({ fn, behaviours, module }) => {
  const isRouter = behaviours.includes('Elixir.Plug') || /(Router|Endpoint|Auth|Plugs?)$/.test(module.module);
  const [first = '_'] = fn.parameters;
  if (!isRouter || isController(module) || fn.arity !== 2 || !/^_?conn$/.test(first) || fn.name === 'call')
    return undefined;
  return wish('lines', 'a plug: every request goes through it');
};

const test: Rule = ({ fn, module }) => {
  if (/^(test|property|doctest) /.test(fn.name) && fn.arity === 1) return wish('lines', 'a test');
  if (module.language === 'elixir' || fn.kind !== 'public') return undefined;
  if (fn.arity === 0 && /_test_?$/.test(fn.name)) return wish('lines', 'a test of eunit');
  return fn.arity === 1 && /_SUITE$/.test(module.module) ? wish('lines', 'a test of Common Test') : undefined;
};

export const isClient: Rule = (node) => {
  const { fn } = node;
  if (!isServer(node.behaviours) || fn.kind !== 'public' || node.isCallback) return undefined;
  const asked = node.effects.get('server') ?? [];
  if (asked.length === 0) return undefined;
  const messages = asked.flatMap(({ message }) => (message === undefined || message === '_' ? [] : [message]));
  const how = asked.every(({ name }) => /cast|notify/.test(name)) ? 'tells it' : 'asks it';
  const protocol = messages.length > 0 ? `: ${how} ${names([...new Set(messages)])}` : '';
  return wish('values', `a client of its own server${protocol}`);
};

export const isStarter: Rule = (node) =>
  /^start(_link|_monitor)?$/.test(node.fn.name) && has(node, 'spawn') && !node.isCallback
    ? wish('values', 'starts the process')
    : undefined;

const changeset: Rule = ({ effects }) => {
  // A look at a changeset is none.
  const steps = (effects.get('changeset') ?? []).filter(
    ({ name }) => !/^(get_|fetch_|traverse_|apply_action|apply_changes)/.test(name),
  );
  if (steps.length < 2) return undefined;
  return wish('expressions', 'a changeset: the value of each step shows what was changed and which validation failed');
};

export const DECISIVE: readonly Rule[] = [
  callback,
  stateFunction,
  receiveLoop,
  controller,
  functionPlug,
  test,
  isClient,
  isStarter,
  changeset,
];
