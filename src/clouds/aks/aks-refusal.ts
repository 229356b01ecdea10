import { FirebreakError } from '../../core/firebreak-error.ts';
import { CLOCK_NEXT, skewText } from '../access/clock-skew.ts';
import { azureCause, azureForeign, azureOutage } from '../azure/azure-failure.ts';
import { azureIdentity, azureIdentityText } from '../azure/azure-token.ts';
import type { ArmAnswer } from '../azure/resource-manager.ts';
import { type AksOptions, aksResourceId } from './aks-options.ts';

/** A built-in role that holds what Firebreak asks Azure for, and nothing else. */
export const AKS_USER_ROLE = 'Azure Kubernetes Service Cluster User Role';

export interface AksAsk {
  readonly options: AksOptions;
  /** The action that Azure asks for: `Microsoft.ContainerService/managedClusters/read`. */
  readonly action: string;
  readonly source: string;
  /** Of the call that was refused. */
  readonly token: string | undefined;
}

const refusal = (
  code: FirebreakError['code'],
  message: string,
  next: string,
  answer: ArmAnswer,
): FirebreakError =>
  new FirebreakError({ code, message, next, cause: azureCause(answer.code, answer.status) });

/** Turns an answer of Azure Resource Manager that is not the wanted one into a sentence. */
export const aksRefusal = (answer: ArmAnswer, { options, action, source, token }: AksAsk): FirebreakError => {
  const { subscription, resourceGroup, name, cloud } = options;
  const { status, code } = answer;
  const identity = azureIdentity(token ?? '');
  const who = azureIdentityText(identity) ?? 'of Firebreak';
  if (code === '') return azureOutage(answer, action, 'no code') ?? azureForeign(status, action);
  if (status === 403) {
    const what = action.split('/').slice(1).join('/');
    if (code !== 'AuthorizationFailed' && code !== 'LinkedAuthorizationFailed')
      return refusal(
        'cluster-credentials',
        `Azure forbids ${what} for the AKS cluster ${name} (${code}).`,
        'Look at the policies, locks and deny assignments of its resource group.',
        answer,
      );
    return refusal(
      'cluster-credentials',
      `The Azure identity ${who} lacks the permission ${action} for the AKS cluster ${name} (${source}).`,
      `Give it the role "${AKS_USER_ROLE}", which holds that and nothing else of Firebreak's need, by \`az role assignment create --assignee-object-id ${identity.objectId ?? '<object id>'} --assignee-principal-type ServicePrincipal --role "${AKS_USER_ROLE}" --scope ${aksResourceId(options)}\`; it takes some minutes.`,
      answer,
    );
  }
  if (code === 'SubscriptionNotFound' || code === 'InvalidSubscriptionId')
    return refusal(
      'config-invalid',
      `Azure (${cloud}) knows no subscription ${subscription}.`,
      'Check subscription and cloud in the configuration.',
      answer,
    );
  if (code === 'ResourceGroupNotFound')
    return refusal(
      'config-invalid',
      `There is no resource group ${resourceGroup} in the subscription ${subscription}.`,
      "Check resourceGroup: it is the cluster's own, not the node resource group (MC_…).",
      answer,
    );
  if (status === 404)
    return refusal(
      'config-invalid',
      `There is no AKS cluster ${name} in the resource group ${resourceGroup} of the subscription ${subscription}.`,
      'Check name, resourceGroup and subscription in the configuration.',
      answer,
    );
  if (status === 401 && code === 'InvalidAuthenticationTokenTenant')
    return refusal(
      'cluster-credentials',
      `The subscription ${subscription} does not belong to the tenant ${identity.tenantId ?? 'of the credentials'} (${source}).`,
      "Set tenantId to the tenant of the cluster's subscription.",
      answer,
    );
  if (status === 401 && answer.skewMs !== undefined)
    return refusal(
      'cluster-credentials',
      `Azure did not accept Firebreak's token: the clock of this machine is ${skewText(answer.skewMs)} Azure's.`,
      CLOCK_NEXT,
      answer,
    );
  if (status === 401)
    return refusal(
      'cluster-credentials',
      `Azure did not accept the token of the identity ${who} (${code}, ${source}).`,
      'Check that the identity still exists, and that tenantId and cloud are those of the subscription.',
      answer,
    );
  return (
    azureOutage(answer, action, code) ??
    refusal(
      'cluster-answer',
      `Azure refused ${action} for the AKS cluster ${name} (${code}, HTTP ${status}).`,
      'Look at the cluster in the Azure portal, or by `az aks show`.',
      answer,
    )
  );
};
