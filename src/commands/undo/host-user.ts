import { hostname, userInfo } from 'node:os';
import type { HostUser } from '../../core/host-user.ts';

/** Who runs this process. In a container the number often has no name. */
export const hostUser = (): HostUser => {
  const uid = process.getuid?.() ?? -1;
  const host = hostname();
  try {
    return { uid, login: userInfo().username, host };
  } catch {
    return { uid, login: '', host };
  }
};
