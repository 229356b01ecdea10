import type { IncomingMessage } from 'node:http';
import type { RequestTarget } from '../api/request-target.ts';
import { badRequest, forbidden, type Status, whyForbidden } from '../api/status.ts';
import { allows } from './allows.ts';
import { EVERYTHING } from './default-users.ts';
import type { User } from './user.ts';

const AUTHENTICATION = 'authentication.k8s.io';
const EXTRA = 'impersonate-extra-';
const SERVICE_ACCOUNT = /^system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)$/;

/** What is asked for, in the order in which the server checks it. */
interface Wanted {
  readonly user: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
  readonly uid: string;
}

function wantedBy(request: IncomingMessage): Wanted {
  const headers = Object.entries(request.headersDistinct);
  const all = (name: string) => headers.find(([one]) => one === name)?.[1] ?? [];
  const extra = headers.flatMap(([name, values]) =>
    name.startsWith(EXTRA) ? [[decoded(name.slice(EXTRA.length)), values ?? []] as const] : [],
  );
  return {
    user: all('impersonate-user')[0] ?? '',
    groups: all('impersonate-group'),
    extra: Object.fromEntries(extra),
    uid: all('impersonate-uid')[0] ?? '',
  };
}

/** Keys are percent-decoded where that is possible, values never. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

const attribute = (resource: string, name: string, more: Partial<RequestTarget> = {}): RequestTarget => ({
  ...{ verb: 'impersonate', group: '', version: 'v1', resource, subresource: '', namespace: '', name },
  ...more,
});

function attributesOf({ user, groups, extra, uid }: Wanted): readonly RequestTarget[] {
  const [, namespace, account] = SERVICE_ACCOUNT.exec(user) ?? [];
  return [
    namespace === undefined || account === undefined
      ? attribute('users', user)
      : attribute('serviceaccounts', account, { namespace }),
    ...groups.map((group) => attribute('groups', group)),
    ...Object.entries(extra).flatMap(([subresource, values]) =>
      values.map((value) => attribute('userextras', value, { group: AUTHENTICATION, subresource })),
    ),
    ...(uid === '' ? [] : [attribute('uids', uid, { group: AUTHENTICATION })]),
  ];
}

function groupsOf({ user, groups }: Wanted): readonly string[] {
  const namespace = SERVICE_ACCOUNT.exec(user)?.[1];
  const fixed =
    groups.length > 0 || namespace === undefined
      ? groups
      : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  if (user === 'system:anonymous') return [...new Set([...fixed, 'system:unauthenticated'])];
  const decided = fixed.some((group) => ['system:authenticated', 'system:unauthenticated'].includes(group));
  return decided ? fixed : [...fixed, 'system:authenticated'];
}

/**
 * As whom a request is carried out: the caller, or whom its `Impersonate-*` headers name, each part of which takes the
 * verb `impersonate`. Rights go by name and groups. `known` are the users that the stand-in gave rules itself.
 * Source: k8s.io/apiserver, endpoints/filters/impersonation.
 */
export function impersonate(request: IncomingMessage, caller: User, known: readonly User[]): User | Status {
  const wanted = wantedBy(request);
  if (wanted.user === '') {
    const others = wanted.groups.length > 0 || Object.keys(wanted.extra).length > 0 || wanted.uid !== '';
    return others ? badRequest('requested user info without impersonating a user name') : caller;
  }
  for (const asked of attributesOf(wanted))
    if (!allows(caller, asked)) return forbidden(asked, whyForbidden(caller.name, asked));
  const groups = groupsOf(wanted);
  return {
    ...{ name: wanted.user, uid: wanted.uid, groups, extra: wanted.extra, token: '' },
    rules: groups.includes('system:masters')
      ? EVERYTHING
      : (known.find(({ name }) => name === wanted.user)?.rules ?? []),
  };
}
