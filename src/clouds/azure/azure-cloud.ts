/** Microsoft's clouds: each has hosts, accounts and subscriptions of its own. */
export const AZURE_CLOUDS = ['public', 'usgov', 'china'] as const;
export type AzureCloud = (typeof AZURE_CLOUDS)[number];

export interface AzureHosts {
  /** Entra ID's, where tokens come from. */
  readonly authority: string;
  /** The hosts that are this authority, by its own name first. Source: MSAL's list of known authorities. */
  readonly authorityNames: readonly string[];
  /** Azure Resource Manager's. */
  readonly resourceManager: string;
  /** What a token for Azure Resource Manager is asked for. */
  readonly resourceManagerScope: string;
}

/** Source: Microsoft Learn, "National clouds" (Entra) and "Azure Government/China endpoints"; azure-core, get_arm_endpoints. */
const HOSTS: Readonly<Record<AzureCloud, AzureHosts>> = {
  public: {
    authority: 'https://login.microsoftonline.com',
    authorityNames: [
      'login.microsoftonline.com',
      'login.windows.net',
      'login.microsoft.com',
      'sts.windows.net',
    ],
    resourceManager: 'https://management.azure.com',
    resourceManagerScope: 'https://management.azure.com/.default',
  },
  usgov: {
    authority: 'https://login.microsoftonline.us',
    authorityNames: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
    resourceManager: 'https://management.usgovcloudapi.net',
    resourceManagerScope: 'https://management.core.usgovcloudapi.net/.default',
  },
  china: {
    authority: 'https://login.chinacloudapi.cn',
    authorityNames: ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
    resourceManager: 'https://management.chinacloudapi.cn',
    resourceManagerScope: 'https://management.chinacloudapi.cn/.default',
  },
};

export const azureHosts = (cloud: AzureCloud): AzureHosts => HOSTS[cloud];
