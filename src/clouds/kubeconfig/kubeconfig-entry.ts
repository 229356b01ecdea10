import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { kubeconfigProblem } from './kubeconfig-problem.ts';
import {
  clusterSchema,
  contextSchema,
  type Kubeconfig,
  type KubeconfigCluster,
  type KubeconfigUser,
  kubeconfigSchema,
  userSchema,
} from './kubeconfig-schema.ts';

/** One context of a kubeconfig, with the cluster and the user it names. */
export interface KubeconfigEntry {
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
}

/** Only the place of a mistake is told: the parser's own message quotes the line, which may hold a token. */
const parseFile = (text: string, path: string): Kubeconfig => {
  const document = parseDocument(text);
  const error = document.errors[0];
  if (error !== undefined) {
    throw kubeconfigProblem(
      'config-invalid',
      `The kubeconfig ${path} is not YAML: line ${error.linePos?.[0].line ?? '?'} (${error.code}).`,
      'Correct that line.',
    );
  }
  const value: unknown = document.toJS();
  return parsePart(kubeconfigSchema, value, `The kubeconfig ${path}`);
};

const parsePart = <S extends z.ZodType>(schema: S, value: unknown, what: string): z.infer<S> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw kubeconfigProblem(
    'config-invalid',
    `${what} is not as kubectl writes it: ${issue?.path.join('.') || 'the whole of it'} has the wrong shape.`,
    'Compare it with the output of `kubectl config view`.',
  );
};

/**
 * Finds a context, by name or the current one, and what it refers to. Throws `config-invalid` with the names that
 * exist.
 */
export const kubeconfigEntry = (text: string, path: string, wanted: string | undefined): KubeconfigEntry => {
  const file = parseFile(text, path);
  const contexts = file.contexts ?? [];
  const names = contexts.map((context) => context.name).join(', ') || 'none';
  const name = wanted ?? file['current-context'];
  if (name === undefined) {
    throw kubeconfigProblem(
      'config-invalid',
      `The kubeconfig ${path} has no current context.`,
      `Set context in firebreak.yml to one of: ${names}.`,
    );
  }
  const context = contexts.find((candidate) => candidate.name === name);
  if (context === undefined) {
    throw kubeconfigProblem(
      'config-invalid',
      `The kubeconfig ${path} has no context "${name}".`,
      `Set context in firebreak.yml to one of: ${names}.`,
    );
  }
  const { cluster: clusterName, user: userName } = parsePart(
    contextSchema,
    context.context,
    `Context "${name}"`,
  );
  const cluster = file.clusters?.find((candidate) => candidate.name === clusterName);
  if (cluster === undefined) throw missing(path, name, `cluster "${clusterName}"`);
  const user = file.users?.find((candidate) => candidate.name === userName);
  if (user === undefined) throw missing(path, name, userName === undefined ? 'user' : `user "${userName}"`);
  return {
    cluster: parsePart(clusterSchema, cluster.cluster, `Cluster "${clusterName}" of ${path}`),
    user: parsePart(userSchema, user.user ?? {}, `User "${userName}" of ${path}`),
  };
};

const missing = (path: string, context: string, what: string): Error =>
  kubeconfigProblem(
    'config-invalid',
    `Context "${context}" of the kubeconfig ${path} names no ${what} that the file holds.`,
    'Add it to the file, or use another context.',
  );
