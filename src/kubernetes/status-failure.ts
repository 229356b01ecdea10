import { z } from 'zod';
import { type ErrorCode, FirebreakError } from '../core/firebreak-error.ts';
import { type Permission, permissionName } from '../core/permission.ts';
import type { SecretFilter } from './secret-filter.ts';
import { serverText } from './server-text.ts';

/** What was asked of which cluster: a refusal's sentence names it. */
export interface Asked {
  readonly cluster: string;
  readonly permissions: readonly Permission[];
  readonly namespace?: string;
  readonly filter: SecretFilter;
}

export interface Refusal {
  readonly status: number;
  /** The body as text: a `Status` as JSON, plain text, or nothing. */
  readonly body: string;
}

const statusSchema = z.object({ message: z.string().optional(), reason: z.string().optional() });

const parsed = (body: string): { readonly message: string; readonly reason: string } => {
  try {
    const status = statusSchema.parse(JSON.parse(body));
    return { message: status.message ?? '', reason: status.reason ?? '' };
  } catch {
    return { message: body, reason: '' };
  }
};

interface Sentence {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next: string;
  readonly retry?: 'retry can help';
}

interface Answered {
  readonly status: number;
  /** The server's words, made fit for a sentence. */
  readonly said: string;
  /** The reason of a `Status`; empty when the answer was none. */
  readonly reason: string;
  readonly asked: Asked;
}

const where = (asked: Asked): string =>
  asked.namespace === undefined
    ? `in cluster ${asked.cluster}`
    : `in namespace ${asked.namespace} of cluster ${asked.cluster}`;

/** Answers 400 and 500 that mean something definite are only told apart by their text: kubelet's and the API server's own. */
const byText = (said: string, asked: Asked): Sentence | undefined => {
  if (/^previous terminated container .* not found$/u.test(said)) {
    return {
      code: 'not-found',
      message: `The container has no previous instance with a log ${where(asked)}: ${said}.`,
      next: 'Ask for the current log.',
    };
  }
  if (/^container not found|^container .* is not running|does not have a host assigned$/u.test(said)) {
    return {
      code: 'not-running',
      message: `The container does not run ${where(asked)}: ${said}.`,
      next: 'Look at its state with inspect, and ask again when it runs; what the API holds can be collected now.',
      retry: 'retry can help',
    };
  }
  if (/^container .* is (not valid for pod|waiting to start)/u.test(said)) {
    const waiting = said.includes('waiting to start');
    return {
      code: waiting ? 'not-running' : 'not-found',
      message: `The container can't be used ${where(asked)}: ${said}.`,
      next: waiting ? 'Ask again when it has started.' : 'Use one of the names that inspect shows.',
    };
  }
  return undefined;
};

const byStatus = ({ status, said, reason, asked }: Answered): Sentence => {
  const told = said === '' ? '' : `: ${said}`;
  const permission = asked.permissions.map(permissionName).join(' and ');
  switch (status) {
    case 401:
      return {
        code: 'not-authenticated',
        message: `Cluster ${asked.cluster} did not accept Firebreak's credentials.`,
        next: 'Check the credentials of this cluster in the configuration, and that the cluster knows this identity.',
      };
    case 403:
      if (/cannot impersonate\b/u.test(said)) return notImpersonated(asked, said);
      return {
        code: 'not-allowed',
        message: `Firebreak may not ${permission} ${where(asked)}${told}.`,
        next: `Grant ${permission} to its identity there; \`firebreak permissions\` prints all that it needs.`,
      };
    case 404:
      return {
        code: 'not-found',
        message: `What was asked for does not exist ${where(asked)}${told}.`,
        next: 'Check kind, name and namespace; it may have been deleted since.',
      };
    case 409:
      return {
        code: 'conflict',
        message: `Someone else changed the object ${where(asked)}${told}.`,
        next: 'Look at its present state, and ask again.',
        retry: 'retry can help',
      };
    case 410:
      return {
        code: 'cluster-answer',
        message: `Cluster ${asked.cluster} no longer holds the state that a list began with${told}.`,
        next: 'Ask again.',
        retry: 'retry can help',
      };
    case 422:
      return {
        code: 'object-invalid',
        message: `Cluster ${asked.cluster} found the object invalid${told}.`,
        next: 'Correct what it names; nothing was changed.',
      };
    case 429:
      return {
        code: 'cluster-throttled',
        message: `Cluster ${asked.cluster} does not allow this now${told}.`,
        next: 'Wait a minute and ask again; for an eviction, look at the PodDisruptionBudget.',
        retry: 'retry can help',
      };
    default:
      return {
        code: 'cluster-answer',
        message: `Cluster ${asked.cluster} answered ${permission} with HTTP ${status}${told}.`,
        next: nextOf(status, reason),
        ...(status >= 500 ? { retry: 'retry can help' } : {}),
      };
  }
};

/** What an identity may impersonate was looked at some minutes before. */
const notImpersonated = (asked: Asked, said: string): Sentence => ({
  code: 'not-allowed',
  message: `Firebreak may no longer act as the user of its runs in cluster ${asked.cluster}: ${said}.`,
  next: 'Grant that again; without it, Firebreak acts as its own identity after five minutes.',
});

const nextOf = (status: number, reason: string): string => {
  if (status >= 500) return 'Ask again; if it stays so, look at the API server and at the node of the pod.';
  if (reason !== '') return 'Correct what it names, and ask again.';
  return 'Check that the address is that of a Kubernetes API, without a login page or a gateway before it.';
};

/**
 * Turns a refusal into a sentence: the one place for what a server said. Shapes: `Status` of the Kubernetes API
 * conventions; text/plain from a kubelet; an empty body.
 */
export const statusFailure = (refusal: Refusal, asked: Asked): FirebreakError => {
  const status = parsed(refusal.body);
  const said = serverText(status.message, asked.filter);
  const definite = refusal.status === 400 || refusal.status >= 500 ? byText(said, asked) : undefined;
  return new FirebreakError({
    ...(definite ?? byStatus({ status: refusal.status, said, reason: status.reason, asked })),
    cause: Object.assign(new Error(`HTTP ${refusal.status}`), {
      reason: serverText(status.reason, asked.filter),
    }),
  });
};
