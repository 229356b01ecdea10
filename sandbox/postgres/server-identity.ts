import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * As whom PostgreSQL runs. It refuses to run as root.
 *
 * - `self`: as the user who started this process.
 * - `user-namespace`: root outside, another id inside. It keeps root's way into folders of mode 0700.
 * - `other-user`: root gives up its id. Such a server can't enter a checkout that only root can enter.
 */
export type ServerIdentity =
  | { readonly kind: 'self' }
  | { readonly kind: 'user-namespace'; readonly uid: number; readonly gid: number }
  | { readonly kind: 'other-user'; readonly uid: number; readonly gid: number };

/** How to spawn a program under an identity: what goes before it, and the ids to give up to. */
export type SpawnAs = {
  readonly command: string;
  readonly args: readonly string[];
  readonly ids: { readonly uid?: number; readonly gid?: number };
};

/** Chooses the identity for this process, trying a user namespace for real before it relies on one. */
export function serverIdentity(): ServerIdentity {
  if (process.getuid?.() !== 0) return { kind: 'self' };
  const account = unprivilegedAccount();
  const inside = { kind: 'user-namespace', ...account } as const;
  const { command, args } = spawnAs(inside, 'true', []);
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
    ? inside
    : { kind: 'other-user', ...account };
}

export function spawnAs(identity: ServerIdentity, program: string, args: readonly string[]): SpawnAs {
  switch (identity.kind) {
    case 'self':
      return { command: program, args, ids: {} };
    case 'user-namespace': {
      // No --fork: the program keeps the process id that is spawned here, so signals reach it.
      const map = ['--user', `--map-user=${identity.uid}`, `--map-group=${identity.gid}`, '--'];
      return { command: 'unshare', args: [...map, program, ...args], ids: {} };
    }
    case 'other-user':
      return { command: program, args, ids: { uid: identity.uid, gid: identity.gid } };
  }
}

// initdb and the single-user server look their id up and stop when it has no name, so a number out of the air is not enough.
function unprivilegedAccount(): { readonly uid: number; readonly gid: number } {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => Number.isInteger(uid) && Number.isInteger(gid) && uid > 0 && gid > 0);
  const account =
    accounts.find(({ name }) => name === 'postgres') ??
    accounts.find(({ name }) => name === 'nobody') ??
    accounts[0];
  if (account === undefined) {
    throw new Error(
      'PostgreSQL does not run as root, and /etc/passwd names no other account. Start Firebreak as an ordinary user, or set DATABASE_URL.',
    );
  }
  return { uid: account.uid, gid: account.gid };
}
