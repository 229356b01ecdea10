import { z } from 'zod';

const endSchema = z.looseObject({
  exitCode: z.int().default(0),
  reason: z.string().default(''),
  message: z.string().default(''),
});

/** Source: Kubernetes API v1, ContainerStatus. */
export const containerStatusSchema = z.looseObject({
  name: z.string(),
  state: z
    .looseObject({
      running: z.unknown(),
      waiting: z.looseObject({ reason: z.string().default(''), message: z.string().default('') }),
      terminated: endSchema,
    })
    .partial()
    .default({}),
});
export type ContainerStatus = z.infer<typeof containerStatusSchema>;

/** How far a foothold is. `failed` is for good, or as good as. */
export type FootholdState =
  | { readonly kind: 'running' }
  | { readonly kind: 'starting'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Reasons for which a container does not start by waiting. `ErrImagePull` is a first try: kubelet says `ImagePullBackOff`
 * once it has failed. Source: pkg/kubelet/images/types.go, pkg/kubelet/kuberuntime/kuberuntime_container.go.
 */
const HOPELESS = new Set([
  ...['ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName', 'ImageInspectError'],
  ...['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError', 'PreStartHookError'],
]);

/** Text of a kubelet or an event: one line, bounded, without a full stop. */
export const said = (...parts: readonly string[]): string => {
  const line = parts
    .filter((part) => part !== '')
    .join(': ')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .replace(/[.\s]+$/u, '');
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line;
};
const SHOWN_CHARACTERS = 400;

export const containerState = (status: ContainerStatus | undefined): FootholdState => {
  const { running, waiting, terminated } = status?.state ?? {};
  if (running !== undefined && running !== null) return { kind: 'running' };
  if (terminated !== undefined) {
    const { exitCode, reason, message } = terminated;
    return { kind: 'failed', why: said('it has ended', `exit status ${exitCode}`, reason, message) };
  }
  if (waiting === undefined) return { kind: 'starting', why: 'the node has not taken it up' };
  const why = said(waiting.reason, waiting.message);
  return { kind: HOPELESS.has(waiting.reason) ? 'failed' : 'starting', why };
};
