/** AWS Signature Version 4 for S3 ("Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference). */
import { createHash, createHmac } from 'node:crypto';
import type { HttpRequest } from '../sync-http.js';
import type { S3Credentials } from './target.js';

export const sha256Hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** All but the characters that may stand as they are, as %XX of their UTF-8. */
export const uriEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** The request with what proves who sends it. Its URL has no parameters. */
export function signed(
  request: HttpRequest,
  { accessKeyId, secretAccessKey, sessionToken }: S3Credentials,
  region: string,
  now: Date,
): HttpRequest {
  // prettier-ignore
  const url = new URL(request.url);
  const stamp = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${stamp.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers: Record<string, string> = {
    ...request.headers,
    host: url.host,
    'x-amz-content-sha256': sha256Hex(request.body ?? ''),
    'x-amz-date': stamp,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    request.method,
    url.pathname,
    '',
    ...names.map((name) => `${name}:${headers[name]!.trim().replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, sha256Hex(canonical)].join('\n');
  const key = scope.split('/').reduce<Buffer | string>((before, part) => hmac(before, part), `AWS4${secretAccessKey}`);
  const signature = hmac(key as Buffer, toSign).toString('hex');
  headers['authorization'] = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`; // prettier-ignore
  return { ...request, headers };
}
