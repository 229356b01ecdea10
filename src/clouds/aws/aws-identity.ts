/** A key pair to sign with, in the shape that the AWS SDK calls `AwsCredentialIdentity`. Held in memory only. */
export interface AwsIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}
