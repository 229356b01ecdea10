import type { CloudContext } from '../../core/cloud.ts';
import { ClusterDescription } from '../access/cluster-description.ts';
import { type AwsCredentials, awsCredentials } from '../aws/aws-credentials.ts';
import { isAwsOutage } from '../aws/aws-failure.ts';
import { checkAwsPlace, stsHost } from '../aws/aws-place.ts';
import { awsRoleCredentials } from '../aws/aws-role-credentials.ts';
import type { RefusedMarks } from '../aws/refused-marks.ts';
import { roleSessionName, sessionMarks } from '../aws/session-marks.ts';
import { EksAccess } from './eks-access.ts';
import { type EksEndpoint, sameEksAddress } from './eks-endpoint.ts';
import type { EksOptions } from './eks-options.ts';
import { EksSession } from './eks-session.ts';
import { fitsEksToken } from './eks-token.ts';

/**
 * One EKS cluster by one set of keys: its description, and the credentials that Firebreak itself has. All who plan share
 * a session. One of a run hangs on the run's context, and is gone with it.
 */
export class EksCluster {
  readonly #options: EksOptions;
  readonly #description: ClusterDescription<EksEndpoint>;
  readonly #own: AwsCredentials;
  readonly #refused: RefusedMarks;
  readonly #sessions = new WeakMap<CloudContext, EksSession>();
  #planning: EksSession | undefined;

  constructor(options: EksOptions, context: CloudContext, refused: RefusedMarks) {
    this.#options = options;
    this.#refused = refused;
    const { home, environment, clock, cluster } = context;
    this.#description = new ClusterDescription({
      ...{ clock, cluster },
      whenMoved: 'EKS now names another address or CA',
      isSame: sameEksAddress,
      isOutage: isAwsOutage,
    });
    this.#own = awsCredentials({ ...options, home, environment, clock });
    checkAwsPlace(this.#own.place, environment);
  }

  /** Throws what description and credentials throw. */
  async connect(context: CloudContext): Promise<EksAccess> {
    const session = this.#sessions.get(context) ?? this.#open(context);
    this.#sessions.set(context, session);
    return new EksAccess(session, await this.#description.connect(context, () => session.describe()));
  }

  #open(context: CloudContext): EksSession {
    if (context.identity !== 'read') return this.#session(context);
    this.#planning ??= this.#session(context);
    return this.#planning;
  }

  #session(context: CloudContext): EksSession {
    return new EksSession({
      options: this.#options,
      description: this.#description,
      context,
      credentials: this.#credentials(context),
      own: this.#own,
      refused: this.#refused,
    });
  }

  #credentials(context: CloudContext): AwsCredentials {
    const { roleArn: arn, externalId } = this.#options;
    if (arn === undefined) return this.#own;
    const { cluster, onBehalfOf } = context;
    const marked = {
      wanted: sessionMarks(onBehalfOf),
      refused: this.#refused,
      isUsable: fitsEksToken({ host: stsHost(this.#own.place), region: this.#options.region }),
    };
    const sessionName = roleSessionName(cluster, onBehalfOf);
    return awsRoleCredentials(this.#own, { arn, externalId, sessionName, marked }, context);
  }
}
