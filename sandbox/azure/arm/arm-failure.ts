import type { AzureAnswer } from '../azure-answer.ts';

/** An error of Azure Resource Manager. Source: Azure REST API reference, common error response. */
export const armFailure = (status: number, code: string, message: string): AzureAnswer => ({
  status,
  ...(status === 401
    ? { headers: { 'www-authenticate': `Bearer error="invalid_token", error_description="${message}"` } }
    : {}),
  body: { error: { code, message } },
});
