/** What CloudTrail holds of one AssumeRole, as far as it names people and runs. Source: CloudTrail user guide, record contents. */
export interface TrailEvent {
  readonly eventName: 'AssumeRole';
  /** Who asked. */
  readonly userIdentity: { readonly arn: string };
  readonly requestParameters: {
    readonly roleArn: string;
    readonly roleSessionName: string;
    readonly sourceIdentity?: string;
    readonly principalTags?: Readonly<Record<string, string>>;
  };
  readonly errorCode?: string;
  readonly errorMessage?: string;
}
