import { GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type EvidenceLink, LINK_SECONDS } from '../../core/evidence.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { requireEncrypted } from './require-encrypted.ts';
import { headObject } from './s3-calls.ts';
import type { S3Session } from './s3-session.ts';

/** RFC 6266: what is not plain could end the quoted string, or name another folder. */
const fileName = (bundle: string, name: string): string =>
  `${bundle.split('/').at(-1)}-${name}`.replaceAll(/[^\w.-]/gu, '-');

/**
 * A presigned GET of one version, the newest when none is named, which saves to a file in every browser. It ends with the credentials that sign
 * it, if that is sooner. Source: Amazon S3 User Guide, "Download and upload objects with presigned URLs".
 */
export const signLink = async (
  session: S3Session,
  place: {
    readonly prefix: string;
    readonly bundle: string;
    readonly name: string;
    readonly version?: string;
  },
  signingDate: Date,
  signal: AbortSignal,
): Promise<EvidenceLink> => {
  const key = place.prefix + place.name;
  const lying =
    place.version === undefined ? await headObject(session, key, signal) : { version: place.version };
  if (lying === undefined)
    throw new FirebreakError({
      code: 'not-found',
      message: `There is no ${place.name} in the evidence of ${place.bundle}.`,
      next: 'Look at the list of artifacts in the thread of the run.',
    });
  const identity = await session.identity(signal);
  const client = session.clientOf(async () => identity);
  const lifeEnd = signingDate.getTime() + LINK_SECONDS * 1_000;
  const credentialsEnd = identity.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
  const expiresIn = Math.floor((Math.min(lifeEnd, credentialsEnd) - signingDate.getTime()) / 1_000);
  if (expiresIn < 1)
    throw new FirebreakError({
      code: 'evidence-store',
      message: 'The credentials that would sign the link have ended.',
      next: 'Ask again in a minute, when Firebreak has new ones.',
      retry: 'retry can help',
    });
  const url = await getSignedUrl(
    client,
    new GetObjectCommand({
      Bucket: session.settings.bucket,
      Key: key,
      ...(lying.version === undefined ? {} : { VersionId: lying.version }),
      ResponseContentDisposition: `attachment; filename="${fileName(place.bundle, place.name)}"`,
      ResponseContentType: 'application/octet-stream',
    }),
    { expiresIn, signingDate },
  );
  requireEncrypted(new URL(url));
  return {
    url,
    expiresAt: new Date(signingDate.getTime() + expiresIn * 1_000),
    ...(lying.version === undefined ? {} : { version: lying.version }),
  };
};
