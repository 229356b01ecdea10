import { z } from 'zod';

/** An access token of Entra ID. */
export interface AzureToken {
  readonly text: string;
  /** By this machine's clock. */
  readonly endsAt: Date;
}

/**
 * Who a token says it is for. Tokens of version 1 name the app `appid`, those of version 2 `azp`.
 * Source: Microsoft identity platform, access token claims reference.
 */
const claimsSchema = z.object({
  oid: z.string().optional(),
  appid: z.string().optional(),
  azp: z.string().optional(),
  tid: z.string().optional(),
  upn: z.string().optional(),
});

export interface AzureIdentity {
  /** By which AKS knows a service principal or managed identity. */
  readonly objectId: string | undefined;
  readonly appId: string | undefined;
  readonly tenantId: string | undefined;
  /** Of a person. */
  readonly userName: string | undefined;
}

const NOBODY: AzureIdentity = {
  objectId: undefined,
  appId: undefined,
  tenantId: undefined,
  userName: undefined,
};

/** Reads the claims, for sentences alone: whether they are true is for the cluster to say. */
export const azureIdentity = (token: string): AzureIdentity => {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { oid, appid, azp, tid, upn } = claimsSchema.parse(JSON.parse(payload));
    return { objectId: oid, appId: appid ?? azp, tenantId: tid, userName: upn };
  } catch {
    return NOBODY;
  }
};

/** `object id 1b…, app 2c…`. */
export const azureIdentityText = ({ objectId, appId, userName }: AzureIdentity): string | undefined => {
  if (objectId === undefined) return userName;
  const more = userName ?? (appId === undefined ? undefined : `app ${appId}`);
  return more === undefined ? `object id ${objectId}` : `object id ${objectId} (${more})`;
};
