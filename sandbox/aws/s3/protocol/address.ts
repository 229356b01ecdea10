import { percentDecode } from '../../signature-v4/percent-encoding.ts';

/** Which bucket and object a request is about; '' for none. */
export interface Address {
  readonly bucket: string;
  readonly key: string;
}

/**
 * Reads path-style (`/bucket/key`) and virtual-host style (`bucket.localhost`, `bucket.s3.region.amazonaws.com`).
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function addressOf(host: string, path: string): Address {
  const decoded = percentDecode(path.slice(1)) ?? path.slice(1);
  const bucket = bucketOfHost(host.replace(/:\d+$/, ''));
  if (bucket !== undefined) return { bucket, key: decoded };
  const slash = decoded.indexOf('/');
  return slash < 0
    ? { bucket: decoded, key: '' }
    : { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1) };
}

function bucketOfHost(host: string): string | undefined {
  return /^(.+)\.(?:localhost|s3[.-][\w.-]*amazonaws\.com)$/.exec(host)?.[1];
}
