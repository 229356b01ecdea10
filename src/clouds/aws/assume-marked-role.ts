import { awsFailureKind, refusedAction } from './aws-failure.ts';
import type { AwsIdentity } from './aws-identity.ts';
import type { RefusedMarks } from './refused-marks.ts';
import type { SessionMarks } from './session-marks.ts';

export interface MarkedRole {
  readonly wanted: SessionMarks;
  readonly refused: RefusedMarks;
  /** Whether a session can be used: tags lengthen its token, and an EKS cluster takes no long ones. */
  readonly isUsable: (identity: AwsIdentity) => Promise<boolean>;
}

const withoutTags = ({ sourceIdentity }: SessionMarks): SessionMarks =>
  sourceIdentity === undefined ? {} : { sourceIdentity };
const withoutSourceIdentity = ({ tags }: SessionMarks): SessionMarks => (tags === undefined ? {} : { tags });

/**
 * What is left to try after a refusal; undefined where the marks are not the reason. STS names one action at a time. A
 * session that has a source identity already can't be given another (IAM user guide, "Monitor and control actions
 * taken with assumed roles").
 */
const fewer = (marks: SessionMarks, error: unknown): SessionMarks | undefined => {
  const { sourceIdentity, tags } = marks;
  if (sourceIdentity === undefined && tags === undefined) return undefined;
  const kind = awsFailureKind(error);
  if (kind === 'packed too large') return tags === undefined ? undefined : withoutTags(marks);
  if (kind !== 'denied' && kind !== 'invalid') return undefined;
  const action = refusedAction(error);
  // Where its own are gone, it is about what the asking session passes on.
  if (action === 'sts:TagSession') return tags === undefined ? undefined : withoutTags(marks);
  if (action === 'sts:SetSourceIdentity')
    return sourceIdentity === undefined ? undefined : withoutSourceIdentity(marks);
  // A condition on tags or source identity refuses the role itself.
  return {};
};

/**
 * Assumes a role with as many marks as its trust policy lets through. `ask` throws the SDK's own errors; what it throws
 * without marks is thrown on.
 */
export const assumeMarkedRole = async (
  roleArn: string,
  { wanted, refused, isUsable }: MarkedRole,
  ask: (marks: SessionMarks) => Promise<AwsIdentity>,
): Promise<AwsIdentity> => {
  const tried = refused.worthTrying(roleArn, wanted);
  let marks = tried;
  for (;;) {
    let identity: AwsIdentity;
    try {
      identity = await ask(marks);
    } catch (error) {
      const less = fewer(marks, error);
      if (less === undefined) throw error;
      marks = less;
      continue;
    }
    if (marks.tags !== undefined && !(await isUsable(identity))) {
      marks = withoutTags(marks);
      continue;
    }
    refused.remember(roleArn, tried, marks);
    return identity;
  }
};
