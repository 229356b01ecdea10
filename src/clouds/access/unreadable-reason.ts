/** Why a file can't be read, as the end of a sentence that begins with its path. */
export const unreadableReason = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM' || code === 'ERR_ACCESS_DENIED')
    return 'may not be read by Firebreak';
  return `can't be read (${code})`;
};
