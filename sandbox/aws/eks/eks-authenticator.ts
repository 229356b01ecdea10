import { z } from 'zod';
import type { AwsPartitionName } from '../account/aws-account.ts';
import { canonicalPrincipal, withoutPath } from '../account/canonical-principal.ts';
import type { AwsClock } from '../clock.ts';
import type { AwsService } from '../http/aws-call.ts';
import { readToken } from './read-token.ts';

export type Authenticated =
  | { readonly kind: 'user'; readonly user: string; readonly arn: string }
  | { readonly kind: 'refused'; readonly why: string };

export interface EksAuthenticatorInit {
  /** What the authenticator sends to STS as x-k8s-aws-id: the cluster's name. */
  readonly clusterId: string;
  /** Whose STS hosts it takes. */
  readonly partition: AwsPartitionName;
  readonly clock: AwsClock;
  /** STS, which alone can tell whether a signature is right. */
  readonly sts: AwsService;
}

const callerSchema = z.object({
  GetCallerIdentityResponse: z.object({ GetCallerIdentityResult: z.object({ Arn: z.string() }) }),
});

/** As a user name takes it. Source: EKS user guide, "Set a custom username for EKS access entries". */
const sessionNameOf = (arn: string): string =>
  (/:assumed-role\/[^/]+\/(.+)$/.exec(arn)?.[1] ?? '').replaceAll('@', '-');

/**
 * What stands before an EKS API server: reads a bearer token by the rules of aws-iam-authenticator, asks STS who signed
 * it, with the cluster's own id as the signed header, and looks for an access entry of that role or user.
 */
export class EksAuthenticator {
  readonly #init: EksAuthenticatorInit;
  readonly #entries = new Map<string, string>();
  /** Why tokens were refused, oldest first: the API server tells its clients nothing but 401. */
  readonly refusals: string[] = [];

  constructor(init: EksAuthenticatorInit) {
    this.#init = init;
  }

  /**
   * An access entry: who has this ARN is that user of the cluster. `{{SessionName}}` in it stands for the name of a
   * role's session, as in the name that EKS gives where none is given.
   */
  allow(principalArn: string, user: string): void {
    this.#entries.set(withoutPath(principalArn), user);
  }

  /** Removes the access entry. */
  disallow(principalArn: string): void {
    this.#entries.delete(withoutPath(principalArn));
  }

  authenticate(token: string): Authenticated {
    const verdict = this.#decide(token);
    if (verdict.kind === 'refused') this.refusals.push(verdict.why);
    return verdict;
  }

  /** For a server that only wants to know whom a token is for. */
  userOf(token: string): string | undefined {
    const verdict = this.authenticate(token);
    return verdict.kind === 'user' ? verdict.user : undefined;
  }

  #decide(token: string): Authenticated {
    const read = readToken(token, this.#init.clock.now(), this.#init.partition);
    if (read.kind === 'refused') return read;
    const answer = this.#init.sts({
      method: 'GET',
      target: read.target,
      headers: { host: read.host, 'x-k8s-aws-id': this.#init.clusterId, accept: 'application/json' },
      body: '',
    });
    if (answer.status !== 200)
      return {
        kind: 'refused',
        why: `error from AWS (expected 200, got ${answer.status}). Body: ${answer.body}`,
      };
    const { Arn: arn } = callerSchema.parse(JSON.parse(answer.body)).GetCallerIdentityResponse
      .GetCallerIdentityResult;
    const user = this.#entries.get(canonicalPrincipal(arn));
    return user === undefined
      ? { kind: 'refused', why: `ARN is not mapped: ${canonicalPrincipal(arn)}` }
      : { kind: 'user', user: user.replaceAll('{{SessionName}}', sessionNameOf(arn)), arn };
  }
}
