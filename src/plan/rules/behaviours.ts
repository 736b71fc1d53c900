/** Callbacks of the behaviours that everybody knows: what each is for, and how much of it is worth recording. */
import type { Depth } from '../../recording/index.js';
import type { FunctionFacts } from '../facts.js';

export interface Callback {
  /** What it is for; `$` stands for what its clauses match. */
  text: string;
  /** Number of the argument that says what is to be done, from 0. */
  protocol?: number;
  depth: Depth;
}

export interface Behaviour {
  /** As people call it. */
  name: string;
  /** By `name/arity`, or `name` for any arity. */
  callbacks: Record<string, Callback>;
}

const lines = (text: string, protocol?: number): Callback => ({
  text,
  depth: 'lines',
  ...(protocol === undefined ? {} : { protocol }),
});
const values = (text: string): Callback => ({ text, depth: 'values' });

const SERVER: Record<string, Callback> = {
  'init/1': lines('sets up the state of a $B'),
  'handle_call/3': lines('answers calls$P', 0),
  'handle_cast/2': lines('handles casts$P', 0),
  'handle_info/2': lines('handles messages$P', 0),
  'handle_continue/2': lines('goes on with$P', 0),
  'handle_event/2': lines('handles events$P', 0),
  'terminate/2': lines('cleans up when the process ends'),
  'code_change/3': values('moves the state to new code'),
  format_status: { text: 'describes the state for people', depth: 'off' },
};

const MACHINE: Record<string, Callback> = {
  'init/1': lines('sets up a state machine'),
  'callback_mode/0': { text: 'says how gen_statem calls it, at every turn the same', depth: 'count' },
  'handle_event/4': lines('decides the next state$P', 1),
  'terminate/3': lines('cleans up when the process ends'),
  'code_change/4': values('moves the state to new code'),
  format_status: { text: 'describes the state for people', depth: 'off' },
};

const VIEW: Record<string, Callback> = {
  'mount/3': lines('a view begins'),
  'mount/1': lines('a component begins'),
  'update/2': lines('a component gets new assigns'),
  'update_many/1': lines('components get new assigns'),
  'handle_params/3': lines('a view is led to another address'),
  'handle_event/3': lines('a person did something$P', 0),
  'handle_info/2': lines('handles messages$P', 0),
  'handle_call/3': lines('answers calls$P', 0),
  'handle_cast/2': lines('handles casts$P', 0),
  'handle_async/3': lines('a task of the view ended$P', 0),
  'terminate/2': lines('a view ends'),
  'render/1': {
    text: 'draws the page, at every change: its value is large and follows from the assigns',
    depth: 'call',
  },
};

const BEHAVIOURS: Record<string, Behaviour | undefined> = {
  'Elixir.GenServer': { name: 'GenServer', callbacks: SERVER },
  gen_server: { name: 'gen_server', callbacks: SERVER },
  gen_server2: {
    name: 'gen_server2',
    callbacks: {
      ...SERVER,
      'prioritise_call/4': { text: 'orders the mailbox, for every message', depth: 'count' },
      'prioritise_cast/3': { text: 'orders the mailbox, for every message', depth: 'count' },
      'prioritise_info/3': { text: 'orders the mailbox, for every message', depth: 'count' },
      'handle_pre_hibernate/1': values('before the process sleeps'),
    },
  },
  gen_batch_server: { name: 'gen_batch_server', callbacks: { ...SERVER, 'handle_batch/2': lines('handles a batch of messages') } },
  gen_event: { name: 'gen_event', callbacks: { ...SERVER, 'handle_call/2': lines('answers calls$P', 0) } },
  'Elixir.GenStage': {
    name: 'GenStage',
    callbacks: { ...SERVER, 'handle_demand/2': lines('is asked for events'), 'handle_events/3': lines('handles events') },
  },
  gen_statem: { name: 'gen_statem', callbacks: MACHINE },
  gen_fsm: { name: 'gen_fsm', callbacks: MACHINE },
  ra_machine: {
    name: 'ra_machine',
    callbacks: { 'init/1': lines('sets up a replicated state'), 'apply/3': lines('applies a command to a replicated state$P', 1), 'state_enter/2': lines('changes its role$P', 0) },
  },
  supervisor: { name: 'supervisor', callbacks: { 'init/1': lines('says which processes are watched over') } },
  supervisor2: { name: 'supervisor2', callbacks: { 'init/1': lines('says which processes are watched over') } },
  'Elixir.Supervisor': { name: 'Supervisor', callbacks: { 'init/1': lines('says which processes are watched over') } },
  'Elixir.DynamicSupervisor': { name: 'DynamicSupervisor', callbacks: { 'init/1': lines('says how processes are watched over') } },
  application: {
    name: 'application',
    callbacks: { 'start/2': lines('the application begins'), 'stop/1': lines('the application has ended'), 'prep_stop/1': lines('the application is about to end'), 'config_change/3': values('configuration has changed') },
  },
  'Elixir.Application': {
    name: 'Application',
    callbacks: { 'start/2': lines('the application begins'), 'stop/1': lines('the application has ended'), 'prep_stop/1': lines('the application is about to end'), 'config_change/3': values('configuration has changed') },
  },
  'Elixir.Plug': {
    name: 'Plug',
    callbacks: { 'init/1': { text: 'prepares the options of a plug', depth: 'values' }, 'call/2': lines('handles a request') },
  },
  'Elixir.Phoenix.LiveView': { name: 'LiveView', callbacks: VIEW },
  'Elixir.Phoenix.LiveComponent': { name: 'LiveComponent', callbacks: VIEW },
  'Elixir.Phoenix.Channel': {
    name: 'Channel',
    callbacks: { ...SERVER, 'join/3': lines('somebody joins$P', 0), 'handle_in/3': lines('a client says$P', 0), 'handle_out/3': lines('something goes to a client$P', 0) },
  },
  'Elixir.Phoenix.Socket': { name: 'Socket', callbacks: { 'connect/3': lines('a client connects'), 'connect/2': lines('a client connects'), 'id/1': values('names a client') } },
  'Elixir.Phoenix.Presence': { name: 'Presence', callbacks: {} },
  cowboy_handler: { name: 'cowboy_handler', callbacks: { 'init/2': lines('handles a request') } },
  cowboy_rest: {
    name: 'cowboy_rest',
    callbacks: {
      'init/2': lines('a request begins'), 'is_authorized/2': lines('decides who may'), 'resource_exists/2': lines('decides whether it is there'),
      'to_json/2': lines('answers a request'), 'delete_resource/2': lines('handles a DELETE'), 'accept_content/2': lines('handles a PUT or POST'),
      'allowed_methods/2': { text: 'says the same at every request', depth: 'count' },
      'content_types_provided/2': { text: 'says the same at every request', depth: 'count' },
      'content_types_accepted/2': { text: 'says the same at every request', depth: 'count' },
      'variances/2': { text: 'says the same at every request', depth: 'count' },
    },
  },
  cowboy_websocket: { name: 'cowboy_websocket', callbacks: { 'init/2': lines('a request begins'), 'websocket_init/1': lines('a client connects'), 'websocket_handle/2': lines('a client says$P', 0), 'websocket_info/2': lines('handles messages$P', 0) } },
  ranch_protocol: { name: 'ranch_protocol', callbacks: { 'start_link/3': lines('a client connects'), 'start_link/4': lines('a client connects') } },
  'Elixir.Oban.Worker': { name: 'Oban worker', callbacks: { 'perform/1': lines('does a job'), 'perform/2': lines('does a job') } },
  'Elixir.Broadway': { name: 'Broadway', callbacks: { 'handle_message/3': lines('handles a message of a pipeline'), 'handle_batch/4': lines('handles a batch of a pipeline') } },
  'Elixir.Mix.Task': { name: 'Mix task', callbacks: { 'run/1': lines('a task of mix begins') } },
  'Elixir.Exception': {
    name: 'exception',
    callbacks: { 'message/1': { text: 'the text of an exception', depth: 'count' }, 'exception/1': values('makes an exception') },
  },
  'Elixir.Access': { name: 'Access', callbacks: {} },
  'Elixir.Ecto.Type': { name: 'Ecto type', callbacks: { 'cast/1': values('reads a value from outside'), 'load/1': { text: 'for every row that is read', depth: 'count' }, 'dump/1': { text: 'for every row that is written', depth: 'count' }, type: { text: 'always the same', depth: 'off' } } },
}; // prettier-ignore

export const behaviourOf = (module: string): Behaviour | undefined =>
  Object.hasOwn(BEHAVIOURS, module) ? BEHAVIOURS[module] : undefined;

export function callbackOf(behaviour: Behaviour, name: string, arity: number): Callback | undefined {
  const key = `${name}/${arity}`;
  if (Object.hasOwn(behaviour.callbacks, key)) return behaviour.callbacks[key];
  return Object.hasOwn(behaviour.callbacks, name) ? behaviour.callbacks[name] : undefined;
}

/** States of a gen_statem are functions of their own, exported. */
export function isState(behaviours: readonly string[], fn: FunctionFacts): boolean {
  if (!behaviours.includes('gen_statem') || fn.arity !== 3 || fn.kind !== 'public') return false;
  if (fn.name === 'terminate' || fn.name === 'handle_event') return false;
  const isEvent = (outline: string): boolean =>
    /^:?(cast|info|enter|timeout|internal|state_timeout)$|\{:?call/.test(outline);
  return fn.patterns[0]?.some(isEvent) ?? false;
}

/** Whether a behaviour that everybody knows asks for a function. */
export const isKnownCallback = (behaviours: readonly string[], fn: FunctionFacts): boolean =>
  isState(behaviours, fn) ||
  behaviours.some((name) => {
    const known = behaviourOf(name);
    return known !== undefined && callbackOf(known, fn.name, fn.arity) !== undefined;
  });

/** Those whose processes have a state of their own, so that a module's functions are calls of one. */
const SERVERS = new Set(['Elixir.GenServer', 'gen_server', 'gen_server2', 'gen_statem', 'gen_batch_server', 'Elixir.GenStage', 'gen_event', 'gen_fsm']); // prettier-ignore
export const isServer = (behaviours: readonly string[]): boolean => behaviours.some((name) => SERVERS.has(name));
