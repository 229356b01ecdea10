/** RFC 1123 subdomain, as the API server asks of the names of pods and nodes. */
export const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** RFC 1123 label: namespaces and containers. */
export const LABEL_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
