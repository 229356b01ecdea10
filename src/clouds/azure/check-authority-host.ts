import { FirebreakError } from '../../core/firebreak-error.ts';
import { AZURE_CLOUDS, azureHosts } from './azure-cloud.ts';
import { type AzureSurroundings, azureVariable } from './azure-surroundings.ts';

const VARIABLE = 'AZURE_AUTHORITY_HOST';

/** The webhook of Entra Workload ID writes a URL with a slash at its end; Azure's Python takes a host alone too. */
const hostIn = (value: string): string =>
  (URL.parse(value.includes('://') ? value : `https://${value}`)?.host ?? '').toLowerCase();

/**
 * Entra ID is asked at the hosts of `cloud`, never at one that the environment names. Where the two differ, a proof of
 * this machine's cloud would go to another one. Throws `config-invalid`. Source: Entra Workload ID, mutating admission
 * webhook, environment variables.
 */
export const checkAuthorityHost = (surroundings: Pick<AzureSurroundings, 'cloud' | 'environment'>): void => {
  const { cloud } = surroundings;
  const value = azureVariable(surroundings, VARIABLE);
  if (value === undefined) return;
  const host = hostIn(value);
  const isOf = (one: (typeof AZURE_CLOUDS)[number]): boolean => azureHosts(one).authorityNames.includes(host);
  if (isOf(cloud)) return;
  const theirs = AZURE_CLOUDS.find(isOf);
  throw new FirebreakError({
    code: 'config-invalid',
    message:
      theirs === undefined
        ? `${VARIABLE} names an authority that is none of the clouds ${AZURE_CLOUDS.join(', ')}, and Firebreak asks Entra ID of \`cloud\` (${cloud}).`
        : `${VARIABLE} names the authority of the cloud ${theirs} (${host}), and the configuration asks for \`cloud: ${cloud}\`.`,
    next:
      theirs === undefined
        ? `Unset ${VARIABLE}, or set it to ${azureHosts(cloud).authority}/.`
        : `Set \`cloud: ${theirs}\` in the configuration, or unset ${VARIABLE} if the cluster is of ${cloud}.`,
  });
};
