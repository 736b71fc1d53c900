/** A real Elixir as the judge of what we read, write and print. */
import { spawn } from 'node:child_process';
import { decodeEtf, encodeEtf } from '../../src/beam/index.js';
import { list, type Term } from '../../src/term/index.js';
import { otpCommand, type Otp } from './nodes.js';

export interface Judged {
  /** The term after its way through the node, with maps in the node's own order. */
  readonly term: Term;
  /** `inspect`, on one line and wrapped at 80 and 30 columns. */
  readonly elixir: string;
  readonly elixir80: string;
  readonly elixir30: string;
  /** `~0tp`. */
  readonly erlang: string;
}

/** Sends terms through a real node, in one batch. */
export function judge(otp: Otp, terms: readonly Term[]): Promise<Judged[]> {
  const read = 'IO.read(:stdio, :line) |> String.trim() |> Base.decode64!() |> :erlang.binary_to_term()';
  return ask(otp, read, `${Buffer.from(encodeEtf(list(terms))).toString('base64')}\n`);
}

/** The values of Elixir expressions. */
export function judgeSource(otp: Otp, sources: readonly string[]): Promise<Judged[]> {
  return ask(otp, `[${sources.join(', ')}]`, '');
}

async function ask(otp: Otp, terms: string, input: string): Promise<Judged[]> {
  const script = `
    all = [limit: :infinity, printable_limit: :infinity]
    answers = for term <- ${terms} do
      wrapped = for width <- [80, 30], do: inspect(term, [pretty: true, width: width] ++ all)
      {term, [inspect(term, all) | wrapped] ++ [:unicode.characters_to_binary(:io_lib.format("~0tp", [term]))]}
    end
    IO.puts(Base.encode64(:erlang.term_to_binary(answers)))`;
  const [command, args] = otpCommand(otp, 'elixir', ['--erl', '+pc unicode', '-e', script]);
  const child = spawn(command, args, { env: { ...process.env, LANG: 'C.UTF-8' }, stdio: ['pipe', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(input);
  if ((await ended) !== 0) throw new Error(`elixir failed:\n${complaints}`);
  const answer = decodeEtf(Buffer.from(Buffer.concat(chunks).toString().trim(), 'base64'));
  if (answer.kind !== 'list') throw new Error('no list came back');
  return answer.elements.map((entry) => {
    const [term, texts] = entry.kind === 'tuple' ? entry.elements : [];
    if (term === undefined || texts?.kind !== 'list') throw new Error('no pair came back');
    const [elixir = '', elixir80 = '', elixir30 = '', erlang = ''] = texts.elements.map((text) =>
      text.kind === 'binary' ? Buffer.from(text.bytes).toString() : '',
    );
    return { term, elixir, elixir80, elixir30, erlang };
  });
}
