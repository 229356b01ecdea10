import type { OnBehalfOf } from '../../core/cloud.ts';

/** What the session of a role says of the run that it is for: CloudTrail holds it, and policies can ask for it. */
export interface SessionMarks {
  readonly sourceIdentity?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** STS API reference, AssumeRole: session names and source identities are 2 to 64 characters of these. */
const named = (text: string): string => text.replaceAll(/[^\w+=,.@-]/gu, '-').slice(0, 64);
/** Values of tags: at most 256 characters of these. */
const tagged = (text: string): string => text.replaceAll(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '-').slice(0, 256);

/** The run's id stands before the cluster's name, which is what is cut. */
export const roleSessionName = (cluster: string, onBehalfOf: OnBehalfOf | undefined): string =>
  named(['firebreak', onBehalfOf?.run, cluster].filter((part) => part !== undefined).join('-'));

/** The person who asked as the source identity, which no later session can change; all of the run as tags. */
export const sessionMarks = (onBehalfOf: OnBehalfOf | undefined): SessionMarks =>
  onBehalfOf === undefined
    ? {}
    : {
        sourceIdentity: named(onBehalfOf.requester),
        tags: {
          'firebreak:run': tagged(onBehalfOf.run),
          'firebreak:case': tagged(onBehalfOf.case),
          'firebreak:requester': tagged(onBehalfOf.requester),
          'firebreak:approvers': tagged(onBehalfOf.approvers.join(' ')),
        },
      };
