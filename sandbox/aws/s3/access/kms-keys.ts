import { S3Error } from '../protocol/s3-error.ts';

/** A key of KMS that the bucket's region has. */
export interface KmsKey {
  /** `arn:aws:kms:<region>:<account>:key/<id>`. */
  readonly arn: string;
  /** 'Enabled' when left out. */
  readonly state?: 'Enabled' | 'Disabled';
}

/** The full ARN of a key that is named by its ARN or its id. Throws KMS.NotFoundException and KMS.DisabledException. */
export function usableKey(keys: readonly KmsKey[], name: string): string {
  const key = keys.find(({ arn }) => arn === name || arn.endsWith(`:key/${name}`));
  if (key === undefined)
    throw new S3Error('KMS.NotFoundException', { message: `Key '${name}' does not exist` });
  if (key.state === 'Disabled')
    throw new S3Error('KMS.DisabledException', { message: `${key.arn} is disabled.` });
  return key.arn;
}
