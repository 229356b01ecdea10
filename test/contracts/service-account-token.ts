const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * A token as an API server issues it to a service account. The signature is none: only the cluster looks at it.
 * Source: Kubernetes documentation, "Managing Service Accounts", Schema for service account private claims.
 */
export const serviceAccountToken = (claims: object): string =>
  [
    part({ alg: 'RS256', kid: 'test' }),
    part({
      iss: 'https://kubernetes.default.svc',
      sub: 'system:serviceaccount:firebreak:firebreak',
      jti: crypto.randomUUID(),
      ...claims,
    }),
    'c2lnbmF0dXJl',
  ].join('.');
