const CODES =
  /^(ERR_TLS_.*|ERR_SSL_.*|CERT_.*|.*_CERT|.*_CERT_.*|INVALID_CA|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/u;

/** Whether a code of Node's says that a server's certificate is not trusted. */
export const isCertificateCode = (code: string): boolean => CODES.test(code);
