import { z } from 'zod';
import { type Answer, json, refusal } from '../api/answer.ts';
import type { ObjectStore } from '../api/object-store.ts';
import type { RequestTarget } from '../api/request-target.ts';
import { badRequest, notFound } from '../api/status.ts';
import { parseBody } from '../writes/parse-body.ts';
import { secondsText } from '../writes/seconds-text.ts';
import type { User } from './user.ts';

const requestSchema = z.looseObject({
  spec: z.looseObject({ expirationSeconds: z.int().min(600).default(3600) }).prefault({}),
});
const MS = 1_000;

export interface IssueToken {
  readonly store: ObjectStore;
  readonly target: RequestTarget;
  readonly body: string;
  readonly addUser: (name: string, groups: readonly string[]) => User;
}

/** POST of a TokenRequest: a token for a service account. It does not expire while the stand-in runs. */
export function issueToken({ store, target, body, addUser }: IssueToken): Answer {
  const { namespace, name } = target;
  if (store.get(target) === undefined) return refusal(notFound(target));
  const asked = requestSchema.safeParse(parseBody(body, 'application/json')?.value).data;
  if (asked === undefined) return refusal(badRequest('the body is no TokenRequest'));
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  const { token } = addUser(`system:serviceaccount:${namespace}:${name}`, groups);
  const expires = new Date(Date.now() + asked.spec.expirationSeconds * MS);
  return json(
    {
      ...{ kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: { name, namespace } },
      ...{ spec: asked.spec, status: { token, expirationTimestamp: secondsText(expires) } },
    },
    201,
  );
}
