import type { ClusterAccess } from './core/cloud.ts';
import { FirebreakError, undelivered } from './core/firebreak-error.ts';

/** For a person who waits for a sentence; the failure itself is known already. */
const EXPLAIN_DEADLINE_MS = 5_000;

/** What the provider makes of a failure; the failure itself where it knows nothing, or not in time. */
const explained = async (thrown: unknown, access: Pick<ClusterAccess, 'explain'>): Promise<unknown> => {
  if (!(thrown instanceof FirebreakError) || access.explain === undefined) return thrown;
  try {
    const told = await access.explain(thrown, AbortSignal.timeout(EXPLAIN_DEADLINE_MS));
    return thrown.delivery === 'never' ? undelivered(told) : told;
  } catch {
    return thrown;
  }
};

/**
 * The same client, whose failures say what the provider of the cluster knows about them. The client itself knows no
 * provider, and a provider sees no request. Every method that gives a promise is covered.
 */
export const explainedClient = <Client extends object>(
  client: Client,
  access: Pick<ClusterAccess, 'explain'>,
): Client =>
  new Proxy(client, {
    get: (target, key): unknown => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, args);
        if (!(result instanceof Promise)) return result;
        return result.catch(async (thrown: unknown) => {
          throw await explained(thrown, access);
        });
      };
    },
  });
