/**
 * The role behind a session, everyone else as they are. The path of a role is not in its sessions' ARNs, so it is lost.
 * Source: aws-iam-authenticator, pkg/arn/arn.go.
 */
export function canonicalPrincipal(arn: string): string {
  const session = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(arn);
  return session === null ? arn : `arn:${session[1]}:iam::${session[2]}:role/${session[3]}`;
}

/** A role's ARN without its path, as its sessions lead back to it. */
export function withoutPath(arn: string): string {
  return arn.replace(/:role\/.*\/([^/]+)$/, ':role/$1');
}
