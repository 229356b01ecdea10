import type { CloudCaller, CloudContext } from '../../core/cloud.ts';
import { ClusterDescription } from '../access/cluster-description.ts';
import { Kept } from '../access/kept.ts';
import { AzureAgents } from '../azure/azure-agents.ts';
import { isAzureOutage } from '../azure/azure-failure.ts';
import { type AzureSource, findAzureSource } from '../azure/azure-source.ts';
import type { AzureSurroundings } from '../azure/azure-surroundings.ts';
import { type AzureToken, azureIdentity, azureIdentityText } from '../azure/azure-token.ts';
import { ResourceManager } from '../azure/resource-manager.ts';
import { describeAksCluster } from './aks-describe.ts';
import { type AksEndpoint, sameAksWay } from './aks-endpoint.ts';
import type { AksOptions } from './aks-options.ts';
import { localAccountCaller } from './local-account-caller.ts';

/** Tokens of Entra ID live for an hour or more. */
const RENEW_BEFORE_END_MS = 5 * 60_000;
/** What `ClusterAccess` promises: a token is valid for at least the next minute. */
const USELESS_BEFORE_END_MS = 60_000;

/** One AKS cluster by one identity: its description, its credentials and its token, shared by all who use it. */
export class AksCluster {
  readonly options: AksOptions;
  readonly context: CloudContext;
  readonly source: AzureSource;
  readonly #manager: ResourceManager;
  readonly #token: Kept<AzureToken>;
  readonly #description: ClusterDescription<AksEndpoint>;

  /** Throws `cluster-credentials` where the credentials are named by halves, `config-invalid` where they are of another cloud. */
  constructor(options: AksOptions, context: CloudContext) {
    this.options = options;
    this.context = context;
    const { environment, clock, baseDir } = context;
    const { cloud, clientId, tenantId } = options;
    const surroundings: AzureSurroundings = {
      cloud,
      environment,
      clock,
      baseDir,
      agents: new AzureAgents(environment),
    };
    this.source = findAzureSource({ ...surroundings, clientId, tenantId });
    this.#manager = new ResourceManager(this.source, surroundings);
    this.#description = new ClusterDescription({
      ...{ clock, cluster: context.cluster },
      whenMoved: 'Azure now names another address, CA or way to authenticate',
      isSame: sameAksWay,
      isOutage: isAzureOutage,
    });
    this.#token = new Kept({
      clock,
      renewBeforeEndMs: RENEW_BEFORE_END_MS,
      uselessBeforeEndMs: USELESS_BEFORE_END_MS,
      fetch: async () => {
        const value = await this.#mint();
        return { value, endsAt: value.endsAt };
      },
    });
  }

  /** What Azure said last. */
  get endpoint(): AksEndpoint | undefined {
    return this.#description.last;
  }

  /** Who the last token is for, as far as it says so itself. */
  get identity(): ReturnType<typeof azureIdentity> {
    return azureIdentity(this.#token.last?.text ?? this.#manager.lastToken ?? '');
  }

  /** Where the cluster is. Throws what credentials and description throw. */
  connect(context: CloudContext): Promise<AksEndpoint> {
    return this.#description.connect(context, this.#describe);
  }

  /**
   * A token for the address of `endpoint`; undefined where the certificate of a local account is used. Throws
   * `cluster-unreachable` when Azure names another address by now, and what credentials and description throw.
   */
  async token(endpoint: AksEndpoint): Promise<string | undefined> {
    const { sign } = endpoint;
    if (sign.kind === 'local account') await this.#description.recent(this.#describe);
    const token = sign.kind === 'entra' ? (await this.#token.get()).text : sign.token;
    this.#description.check(endpoint);
    return sign.kind === 'local account' && sign.certificate !== undefined ? undefined : token;
  }

  /** The server refused the token. The description is asked for again too: the cluster may have moved. */
  forgetToken(): void {
    this.#token.forget();
    this.#description.doubt();
  }

  async caller(endpoint: AksEndpoint): Promise<CloudCaller> {
    await this.token(endpoint);
    if (endpoint.sign.kind === 'local account') return localAccountCaller(endpoint.sign);
    const principal = azureIdentityText(this.identity);
    return {
      source: this.source.name,
      ...(principal === undefined ? {} : { principal }),
      warnings: await this.source.warnings(),
    };
  }

  async #mint(): Promise<AzureToken> {
    const { sign } = await this.#description.recent(this.#describe);
    if (sign.kind !== 'entra') throw this.#description.moved();
    return this.source.token(`${sign.serverApp}/.default`);
  }

  readonly #describe = (): Promise<AksEndpoint> =>
    describeAksCluster(this.options, this.#manager, this.source.name);
}
