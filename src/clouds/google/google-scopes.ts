/**
 * Without the second one, GKE knows a service account by its numeric id alone, and a binding to its e-mail does not hold.
 * Source: gke-gcloud-auth-plugin.
 */
export const GOOGLE_SCOPES: readonly string[] = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/userinfo.email',
];
