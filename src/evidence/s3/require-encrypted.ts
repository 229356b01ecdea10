import { FirebreakError } from '../../core/firebreak-error.ts';
import { isThisMachine } from '../../runtime/is-this-machine.ts';

/** Where a request goes, as the SDK and a URL name it. */
interface Way {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | string | undefined;
}

/**
 * Throws `evidence-store` for a way that is not encrypted, unless it ends on this machine. The configuration refuses such an
 * endpoint; the SDK takes one from its own variables and files too.
 * Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
 */
export const requireEncrypted = ({ protocol, hostname, port }: Way): void => {
  if (protocol === 'https:' || isThisMachine(hostname)) return;
  const where = `${protocol}//${hostname}${port === undefined || port === '' ? '' : `:${port}`}`;
  throw new FirebreakError({
    code: 'evidence-store',
    message: `The evidence store would be written to unencrypted, at ${where}, and evidence crosses no network unencrypted.`,
    next: 'Name an https endpoint in evidence.s3.endpoint, or wherever this one comes from: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, endpoint_url in ~/.aws/config. Then start again.',
  });
};
