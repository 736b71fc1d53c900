/** Behaviours that a module has without saying so: what it exports shows it. */
import type { ModuleFacts } from '../facts.js';
import { behaviourOf } from './behaviours.js';

interface Shape {
  behaviour: string;
  /** All of these. */
  all: readonly string[];
  /** And one of these. */
  one: readonly string[];
}

const SHAPES: readonly Shape[] = [
  { behaviour: 'gen_statem', all: ['init/1', 'callback_mode/0'], one: ['callback_mode/0'] },
  { behaviour: 'gen_server', all: ['init/1'], one: ['handle_call/3', 'handle_cast/2'] },
  { behaviour: 'Elixir.Phoenix.LiveView', all: ['mount/3'], one: ['handle_event/3', 'render/1', 'handle_params/3'] },
  { behaviour: 'Elixir.Phoenix.LiveComponent', all: ['update/2'], one: ['handle_event/3', 'render/1'] },
  {
    behaviour: 'cowboy_rest',
    all: ['init/2'],
    one: ['allowed_methods/2', 'content_types_provided/2', 'is_authorized/2', 'to_json/2'],
  },
  { behaviour: 'cowboy_websocket', all: ['init/2'], one: ['websocket_handle/2'] },
  { behaviour: 'Elixir.Plug', all: ['init/1', 'call/2'], one: ['call/2'] },
];

/** Those that it declares, and where it declares none that is known the first whose shape it has. */
export function behavioursOf(module: ModuleFacts): readonly string[] {
  if (module.behaviours.some((name) => behaviourOf(name) !== undefined)) return module.behaviours;
  const exported = new Set(module.functions.flatMap((fn) => (fn.kind === 'public' ? [`${fn.name}/${fn.arity}`] : [])));
  const shape = SHAPES.find(({ all, one }) => all.every((key) => exported.has(key)) && one.some((key) => exported.has(key))); // prettier-ignore
  return shape ? [...module.behaviours, shape.behaviour] : module.behaviours;
}
