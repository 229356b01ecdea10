import type { GoogleAnswer } from './google-call.ts';

const STATUS = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
} as const;

/** An error of a Google API. Source: AIP-193. */
export const apiError = (status: keyof typeof STATUS, message: string, reason?: string): GoogleAnswer => ({
  status: STATUS[status],
  body: {
    error: {
      code: STATUS[status],
      message,
      status,
      ...(reason === undefined
        ? {}
        : {
            details: [
              { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' },
            ],
          }),
    },
  },
});

/** An error of a token endpoint. Source: RFC 6749, 5.2. */
export const oauthError = (error: string, description: string, status = 400): GoogleAnswer => ({
  status,
  body: { error, error_description: description },
});
