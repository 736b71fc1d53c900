/** Objects of a store: the requests, and what refusals mean. */
import { FleetError } from '../fleet-error.js';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../sync-http.js';
import { signed, uriEncode } from './sign.js';
import { credentials, type S3Target } from './target.js';

export const objectUrl = ({ base }: Pick<S3Target, 'base'>, key: string): string =>
  `${base}/${key.split('/').map(uriEncode).join('/')}`;

export function objectRequest(
  target: Pick<S3Target, 'base' | 'region'>,
  key: string,
  method: 'GET' | 'PUT' | 'HEAD',
  more: { headers?: Record<string, string>; body?: Uint8Array<ArrayBuffer> } = {},
  env: NodeJS.ProcessEnv = process.env,
): HttpRequest {
  const request = {
    url: objectUrl(target, key),
    method,
    headers: more.headers ?? {},
    ...(more.body ? { body: more.body } : {}),
  };
  return signed(request, credentials(env), target.region, new Date());
}

/** Without the quotes that it comes in. */
export const etagOf = ({ headers }: HttpResponse): string => (headers['etag'] ?? '').replace(/^W\//, '').replaceAll('"', ''); // prettier-ignore

/** An answer that is no success, in words. */
export function refusal(name: string, response: HttpResponse): FleetError {
  const { status } = response;
  const text = new TextDecoder().decode(response.body.subarray(0, 2000));
  const code = /<Code>([^<]{1,80})<\/Code>/.exec(text)?.[1];
  const said = code === undefined ? `HTTP ${status}` : `${code}, HTTP ${status}`;
  if (status === 412) return new FleetError(`${name} is not what was put there: somebody has replaced it`);
  if (code === 'NoSuchBucket') return new FleetError(`${name}: there is no such bucket`);
  if (status === 404) return new FleetError(`${name} is not there (any more)`);
  if (status === 401 || status === 403)
    return new FleetError(`${name} is refused (${said}): wrong keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or they may not do that`); // prettier-ignore
  if (status === 301 || status === 307 || code === 'AuthorizationHeaderMalformed')
    return new FleetError(`${name} lies in another region (${said}): say which with ?region= or AWS_REGION`);
  const again = status >= 500 || status === 429;
  if (status === 507 || code === 'XMinioStorageFull') return new FleetError(`the disk of the store is full: ${name} (${said})`, true); // prettier-ignore
  return new FleetError(`the store does not take or give ${name} (${said})`, again);
}

export function storeUnreachable(base: string, error: unknown): FleetError {
  if (!(error instanceof HttpFailure)) throw error;
  const why = error.code === 'ECONNREFUSED' ? 'nothing listens there' : error.message;
  return new FleetError(`cannot reach the store at ${new URL(base).origin}: ${why}`, true);
}
