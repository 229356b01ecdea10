import { join, resolve } from 'node:path';

/** `~` and `~/x` below `home`; a relative path below `folder`; an absolute one as it is. */
export const homePath = (path: string, home: string, folder: string): string =>
  path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : resolve(folder, path);
