/**
 * Elixir structs: `%Shop.Order{…}`, and the short forms of those that Elixir and Decimal and Ecto print in their own way. A short form is taken
 * only when the struct is whole; one with cuts shows its fields.
 */
import { elixirAtom, isElixirAlias } from './atom-text.js';
import { container, type Doc } from './document.js';
import { elixirDoc, listDoc, pairsDoc, type ElixirOptions } from './print-elixir.js';
import type { MapTerm, Term } from './term.js';
import { escapeElixir, utf8Text } from './text.js';

/** `undefined` when the map is not a struct. */
export function structDoc(term: MapTerm, options: ElixirOptions): Doc | undefined {
  const fields = new Map<string, Term>();
  for (const [key, value] of term.entries) {
    if (key.kind === 'atom') fields.set(key.name, value);
  }
  const module = fields.get('__struct__');
  if (module?.kind !== 'atom' || !isElixirAlias(module.name)) return undefined;
  const whole = term.size === term.entries.length;
  const own = whole ? ownForm(module.name.slice('Elixir.'.length), new Fields(fields), options) : undefined;
  if (own !== undefined) return own;
  const shown = term.entries.filter(
    ([key]) => key.kind !== 'atom' || (key.name !== '__struct__' && key.name !== '__exception__'),
  );
  return pairsDoc(`%${elixirAtom(module.name, options.careful)}{`, shown, term.size - term.entries.length, options);
}

/** The fields of a struct by name; each getter gives `undefined` for anything else than it promises. */
class Fields {
  constructor(private readonly terms: ReadonlyMap<string, Term>) {}

  get(name: string): Term | undefined {
    return this.terms.get(name);
  }

  has(...names: string[]): boolean {
    return this.terms.size === names.length + 1 && names.every((name) => this.terms.has(name));
  }

  integer(name: string): number | bigint | undefined {
    const term = this.terms.get(name);
    return term?.kind === 'integer' ? term.value : undefined;
  }

  atom(name: string): string | undefined {
    const term = this.terms.get(name);
    return term?.kind === 'atom' ? term.name : undefined;
  }

  text(name: string): string | undefined {
    const term = this.terms.get(name);
    return term?.kind === 'binary' && term.size === term.bytes.length ? utf8Text(term.bytes) : undefined;
  }
}

function ownForm(module: string, fields: Fields, options: ElixirOptions): Doc | undefined {
  switch (module) {
    case 'MapSet':
      return mapSet(fields, options);
    case 'Range':
      return range(fields);
    case 'Date':
      return sigil('D', dateText(fields));
    case 'Time':
      return sigil('T', timeText(fields));
    case 'NaiveDateTime':
      return sigil('N', dateTimeText(fields));
    case 'DateTime':
      return dateTime(fields);
    case 'Date.Range':
      return dateRange(fields, options);
    case 'Regex':
      return regex(fields);
    case 'Version.Requirement': {
      const source = fields.text('source');
      return source === undefined
        ? undefined
        : `Version.parse_requirement!("${escapeElixir(source, '"', options.careful)}")`;
    }
    case 'Decimal':
      return decimal(fields);
    case 'Ecto.Schema.Metadata': {
      const state = fields.atom('state');
      return state === undefined
        ? undefined
        : `#Ecto.Schema.Metadata<:${state}, ${inspectedField(fields, 'source', options)}>`;
    }
    case 'Ecto.Association.NotLoaded': {
      const field = fields.atom('__field__');
      return field === undefined
        ? undefined
        : `#Ecto.Association.NotLoaded<association ${elixirAtom(field)} is not loaded>`;
    }
    default:
      return undefined;
  }
}

function inspectedField(fields: Fields, name: string, options: ElixirOptions): string {
  const doc = elixirDoc(fields.get(name) ?? { kind: 'atom', name: 'nil' }, options);
  return typeof doc === 'string' ? doc : 'nil';
}

function mapSet(fields: Fields, options: ElixirOptions): Doc | undefined {
  const map = fields.get('map');
  if (map?.kind !== 'map' || map.size !== map.entries.length) return undefined;
  const members = listDoc(
    { kind: 'list', elements: map.entries.map(([key]) => key) },
    { ...options, charlists: 'lists' },
  );
  return ['MapSet.new(', members, ')'];
}

function range(fields: Fields): string | undefined {
  const first = fields.integer('first');
  const last = fields.integer('last');
  if (first === undefined || last === undefined) return undefined;
  const step = fields.integer('step') ?? (first <= last ? 1 : -1);
  return step === 1 && first <= last ? `${first}..${last}` : `${first}..${last}//${step}`;
}

function dateRange(fields: Fields, options: ElixirOptions): Doc | undefined {
  const ends = [fields.get('first'), fields.get('last')].filter((end) => end !== undefined);
  const step = fields.integer('step');
  if (ends.length !== 2) return undefined;
  const docs = ends.map((end) => elixirDoc(end, options));
  if (!docs.every((doc): doc is string => typeof doc === 'string')) return container('Date.range(', docs, ')');
  return `Date.range(${docs.join(', ')}${step === undefined || step === 1 ? '' : `, ${step}`})`;
}

const sigil = (letter: string, text: string | undefined): string | undefined =>
  text === undefined ? undefined : `~${letter}[${text}]`;

/** `0007`, `-0007`. */
function digits(value: number | bigint, count: number): string {
  return value < 0 ? `-${(-value).toString().padStart(count, '0')}` : value.toString().padStart(count, '0');
}

function dateText(fields: Fields): string | undefined {
  const [year, month, day] = [fields.integer('year'), fields.integer('month'), fields.integer('day')];
  if (
    year === undefined ||
    month === undefined ||
    day === undefined ||
    fields.atom('calendar') !== 'Elixir.Calendar.ISO'
  )
    return undefined;
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

function timeText(fields: Fields): string | undefined {
  const [hour, minute, second] = [fields.integer('hour'), fields.integer('minute'), fields.integer('second')];
  if (
    hour === undefined ||
    minute === undefined ||
    second === undefined ||
    fields.atom('calendar') !== 'Elixir.Calendar.ISO'
  )
    return undefined;
  const fraction = fields.get('microsecond');
  if (fraction?.kind !== 'tuple') return undefined;
  const [value, precision] = fraction.elements;
  if (value?.kind !== 'integer' || precision?.kind !== 'integer') return undefined;
  const places = Number(precision.value);
  const after = places > 0 && places <= 6 ? `.${digits(value.value, 6).slice(0, places)}` : '';
  return `${digits(hour, 2)}:${digits(minute, 2)}:${digits(second, 2)}${after}`;
}

function dateTimeText(fields: Fields): string | undefined {
  const date = dateText(fields);
  const time = timeText(fields);
  return date === undefined || time === undefined ? undefined : `${date} ${time}`;
}

function dateTime(fields: Fields): string | undefined {
  const text = dateTimeText(fields);
  const [utc, standard] = [fields.integer('utc_offset'), fields.integer('std_offset')];
  const [zone, abbreviation] = [fields.text('time_zone'), fields.text('zone_abbr')];
  if (
    text === undefined ||
    utc === undefined ||
    standard === undefined ||
    zone === undefined ||
    abbreviation === undefined
  )
    return undefined;
  if (zone === 'Etc/UTC' && abbreviation === 'UTC' && utc === 0 && standard === 0) return `~U[${text}Z]`;
  const total = Number(utc) + Number(standard);
  const minutes = Math.floor(Math.abs(total) / 60);
  const offset =
    total === 0 && zone === 'Etc/UTC'
      ? 'Z'
      : `${total < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60), 2)}:${digits(minutes % 60, 2)}`;
  return `#DateTime<${text}${offset} ${abbreviation} ${zone}>`;
}

const REGEX_LETTERS: ReadonlyMap<string, string> = new Map([
  ['unicode', 'u'],
  ['ucp', 'u'],
  ['caseless', 'i'],
  ['dotall', 's'],
  ['multiline', 'm'],
  ['extended', 'x'],
  ['firstline', 'f'],
  ['ungreedy', 'U'],
]);

function regex(fields: Fields): string | undefined {
  const source = fields.text('source');
  const options = fields.get('opts');
  const letters = options?.kind === 'list' ? regexLetters(options.elements) : fields.text('opts');
  if (source === undefined || letters === undefined) return undefined;
  // A slash that is escaped already stays as it is; so does every other escape.
  const escaped = source.replace(/\\[^]|\/|\n/g, (found) => (found === '/' ? '\\/' : found === '\n' ? '\\n' : found));
  return `~r/${escaped}/${letters}`;
}

function regexLetters(options: readonly Term[]): string | undefined {
  let letters = '';
  // Elixir keeps the options in the reverse of the order they were written in; `u` stands for two of them.
  for (const option of options.toReversed()) {
    if (option.kind === 'tuple') continue; // {newline, anycrlf} comes with dotall
    const letter = option.kind === 'atom' ? REGEX_LETTERS.get(option.name) : undefined;
    if (letter === undefined) return undefined;
    if (!letters.includes(letter)) letters += letter;
  }
  return letters;
}

/** As Decimal 2 prints: the sign, the digits and where the point falls. */
function decimal(fields: Fields): string | undefined {
  const [sign, exponent, coefficient] = [fields.integer('sign'), fields.integer('exp'), fields.get('coef')];
  if (sign === undefined || exponent === undefined || coefficient === undefined) return undefined;
  const minus = sign < 0 ? '-' : '';
  if (coefficient.kind === 'atom') return `Decimal.new("${minus}${coefficient.name === 'inf' ? 'Infinity' : 'NaN'}")`;
  if (coefficient.kind !== 'integer') return undefined;
  return `Decimal.new("${minus}${decimalDigits(coefficient.value.toString(), Number(exponent))}")`;
}

/** Scientific when the exponent is positive or the number is tiny (General Decimal Arithmetic, "to-scientific-string"). */
function decimalDigits(all: string, exponent: number): string {
  const adjusted = exponent + all.length - 1;
  if (exponent > 0 || adjusted < -6) {
    const mantissa = all.length === 1 ? all : `${all[0]}.${all.slice(1)}`;
    return `${mantissa}E${adjusted < 0 ? '' : '+'}${adjusted}`;
  }
  if (exponent === 0) return all;
  const padded = all.padStart(1 - exponent, '0');
  return `${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}
