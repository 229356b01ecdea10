import { z } from 'zod';

const text = z.string().min(1);

const serviceAccountSchema = z.looseObject({
  type: z.literal('service_account'),
  client_email: text,
  private_key: text,
  private_key_id: text.optional(),
  universe_domain: text.optional(),
});

const userSchema = z.looseObject({
  type: z.literal('authorized_user'),
  client_id: text,
  client_secret: text,
  refresh_token: text,
});

const sourceSchema = z.looseObject({
  file: text.optional(),
  url: z.url().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  format: z
    .looseObject({ type: z.enum(['text', 'json']), subject_token_field_name: text.optional() })
    .optional(),
  environment_id: text.optional(),
  region_url: z.url().optional(),
  imdsv2_session_token_url: z.url().optional(),
  regional_cred_verification_url: text.optional(),
  executable: z.unknown().optional(),
  certificate: z.unknown().optional(),
});

const externalSchema = z.looseObject({
  type: z.literal('external_account'),
  audience: text,
  subject_token_type: text,
  token_url: z.url({ protocol: /^https$/ }),
  credential_source: sourceSchema,
  service_account_impersonation_url: z.url({ protocol: /^https$/ }).optional(),
  client_id: text.optional(),
  client_secret: text.optional(),
  workforce_pool_user_project: text.optional(),
});

const impersonatedSchema = z.looseObject({
  type: z.literal('impersonated_service_account'),
  service_account_impersonation_url: z.url({ protocol: /^https$/ }),
  delegates: z.array(text).default([]),
  source_credentials: z.discriminatedUnion('type', [serviceAccountSchema, userSchema, externalSchema]),
});

/**
 * The kinds of credentials files that Firebreak takes. Sources: google-auth-library; AIP-4110, AIP-4112, AIP-4117.
 */
export const googleCredentialsSchema = z.discriminatedUnion('type', [
  serviceAccountSchema,
  userSchema,
  externalSchema,
  impersonatedSchema,
]);

export type ServiceAccountJson = Readonly<z.infer<typeof serviceAccountSchema>>;
export type UserJson = Readonly<z.infer<typeof userSchema>>;
export type ExternalAccountJson = Readonly<z.infer<typeof externalSchema>>;
export type ImpersonatedJson = Readonly<z.infer<typeof impersonatedSchema>>;
export type GoogleCredentialsJson = z.infer<typeof googleCredentialsSchema>;
