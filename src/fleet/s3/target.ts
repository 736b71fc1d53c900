/** `s3://bucket/prefix[?endpoint=https://host:port&region=eu-central-1]`, and who asks. */
import { FleetError } from '../fleet-error.js';

export interface S3Target {
  bucket: string;
  /** Without slashes at its ends; may be empty. */
  prefix: string;
  /** Base of the bucket's URLs, without a slash at its end. */
  base: string;
  region: string;
}

/** Never written anywhere. */
export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Throws a FleetError that says what can be written. Region and endpoint may also stand where the tools of AWS look for them. */
export function parseS3Target(text: string, env: NodeJS.ProcessEnv = process.env): S3Target {
  const wrong = (what: string): FleetError =>
    new FleetError(`${what}: write s3://bucket/prefix?endpoint=https://host:port&region=NAME (endpoint and region may be left out)`); // prettier-ignore
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong(`"${text}" is no URL`);
  }
  if (url.protocol !== 's3:') throw wrong(`"${url.protocol}" is not known`);
  if (url.username !== '' || url.password !== '')
    throw new FleetError('keys do not belong into the URL: put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  const bucket = url.host;
  if (!BUCKET.test(bucket)) throw wrong(`"${bucket}" is no name of a bucket`);
  for (const key of url.searchParams.keys())
    if (key !== 'endpoint' && key !== 'region') throw wrong(`"${key}" is not known after the ?`);
  const region = url.searchParams.get('region') ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  if (!/^[a-z0-9-]{1,40}$/.test(region)) throw wrong(`"${region}" is no region`);
  const endpoint = url.searchParams.get('endpoint') ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const prefix = decodeURIComponent(url.pathname).split('/').filter(Boolean);
  if (prefix.some((part) => part === '.' || part === '..')) throw wrong('the prefix goes up');
  return { bucket, prefix: prefix.join('/'), base: baseOf(bucket, region, endpoint, wrong), region };
}

/** Stores of one's own have buckets as paths; at AWS they are hosts, but where a dot would break the certificate. */
function baseOf(
  bucket: string,
  region: string,
  endpoint: string | undefined,
  wrong: (what: string) => FleetError,
): string {
  // prettier-ignore
  if (endpoint === undefined)
    return bucket.includes('.') ? `https://s3.${region}.amazonaws.com/${bucket}` : `https://${bucket}.s3.${region}.amazonaws.com`; // prettier-ignore
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    throw wrong(`"${endpoint}" is no endpoint`);
  }
  if (!/^https?:$/.test(url.protocol) || url.username !== '') throw wrong(`"${endpoint}" is no endpoint`);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}/${bucket}`;
}

/** Throws a FleetError where there are none. */
export function credentials(env: NodeJS.ProcessEnv = process.env): S3Credentials {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  if (!accessKeyId || !secretAccessKey)
    throw new FleetError('the store asks who you are: put your keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  return { accessKeyId, secretAccessKey, sessionToken: env['AWS_SESSION_TOKEN'] || undefined };
}
