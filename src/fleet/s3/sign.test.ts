import { describe, expect, it } from 'vitest';
import { signed } from './sign.js';
import { parseS3Target } from './target.js';

/** The examples of the "Amazon S3 API Reference", "Signature Calculations for the Authorization Header". */
const keys = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: undefined,
};
const day = new Date('2013-05-24T00:00:00Z');
const signature = (headers: Record<string, string>): string =>
  /Signature=([0-9a-f]{64})$/.exec(headers['authorization'] ?? '')?.[1] ?? '';

describe('a signature', () => {
  it('is that of the example that gets a range of an object', () => {
    const request = {
      url: 'https://examplebucket.s3.amazonaws.com/test.txt',
      method: 'GET' as const,
      headers: { range: 'bytes=0-9' },
    };
    expect(signature(signed(request, keys, 'us-east-1', day).headers)).toBe(
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  it('is that of the example that puts an object', () => {
    const request = {
      url: 'https://examplebucket.s3.amazonaws.com/test%24file.text',
      method: 'PUT' as const,
      headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      body: 'Welcome to Amazon S3.',
    };
    expect(signature(signed(request, keys, 'us-east-1', day).headers)).toBe(
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    );
  });
});

describe('a target', () => {
  it('is a bucket of AWS or of a store of one’s own', () => {
    expect(parseS3Target('s3://bucket/a/b?region=eu-west-1', {})).toEqual({ bucket: 'bucket', prefix: 'a/b', base: 'https://bucket.s3.eu-west-1.amazonaws.com', region: 'eu-west-1' }); // prettier-ignore
    expect(parseS3Target('s3://my.bucket', {}).base).toBe('https://s3.us-east-1.amazonaws.com/my.bucket');
    expect(parseS3Target('s3://bucket', { AWS_ENDPOINT_URL_S3: 'http://minio:9000/', AWS_REGION: 'x' })).toEqual({ bucket: 'bucket', prefix: '', base: 'http://minio:9000/bucket', region: 'x' }); // prettier-ignore
  });

  it.each([
    ['bucket/a', /no URL/],
    ['s3://Bad_Bucket/a', /no name of a bucket/],
    ['s3://bucket/a?acl=public', /"acl" is not known/],
    ['s3://key:secret@bucket/a', /keys do not belong into the URL/],
    ['s3://bucket?endpoint=ftp://x', /no endpoint/],
  ])('is not %s', (text, message) => {
    expect(() => parseS3Target(text, {})).toThrow(message);
    expect(() => parseS3Target(text, {})).not.toThrow(/secret/);
  });
});
