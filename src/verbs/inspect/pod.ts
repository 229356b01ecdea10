import { z } from 'zod';
import type { Finding } from '../../core/finding.ts';
import type { Pod } from '../../core/pod.ts';
import { containersOf } from '../../core/pod.ts';
import type { PodTarget } from '../../core/target.ts';

const detailSchema = z.looseObject({ reason: z.string().optional(), exitCode: z.int().optional() });

/** `CrashLoopBackOff`, `OOMKilled, exit 137`: why a container waits or ended. */
const reasonOf = (state: unknown): string | undefined => {
  const parsed = detailSchema.safeParse(state);
  if (!parsed.success) return undefined;
  const { reason, exitCode } = parsed.data;
  const parts = [reason, exitCode === undefined ? undefined : `exit ${exitCode}`].filter(
    (part) => part !== undefined,
  );
  return parts.length === 0 ? undefined : parts.join(', ');
};

/** `3 d`, `4 h`, `12 min`: one unit is enough to tell old from new. */
const ageOf = (timestamp: string, now: Date): string => {
  const minutes = Math.max(0, Math.floor((now.getTime() - Date.parse(timestamp)) / 60_000));
  if (Number.isNaN(minutes)) return 'unknown';
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / (24 * 60))} d`;
};

const SHORT_DIGEST_LENGTH = 'sha256:'.length + 12;

export const describePod = async (pod: Pod, target: PodTarget, now: Date): Promise<readonly Finding[]> => {
  const containers = containersOf(pod).map(({ name, state, restartCount, image, imageDigest }) => {
    const status = pod.status.containerStatuses.find((candidate) => candidate.name === name);
    const why = reasonOf(status?.state.waiting) ?? reasonOf(status?.state.terminated);
    const last = reasonOf(status?.lastState.terminated);
    return [
      `${name}: ${state}${why === undefined ? '' : ` (${why})`}`,
      `restarts ${restartCount}${last === undefined ? '' : ` (last: ${last})`}`,
      image,
      imageDigest === '' ? 'no digest yet' : imageDigest.slice(0, SHORT_DIGEST_LENGTH),
    ].join('  ');
  });
  const secrets = pod.spec.volumes.filter((volume) => volume.secret !== undefined).map(({ name }) => name);
  return [
    { title: 'Containers', lines: containers },
    {
      title: 'Pod',
      lines: [
        `${pod.status.phase}, ${ageOf(pod.metadata.creationTimestamp, now)} old${pod.metadata.deletionTimestamp === undefined ? '' : ', being deleted'}`,
        `UID ${pod.metadata.uid}`,
        `Owner: ${target.owners.join(' of ') || 'none: nothing starts it again'}`,
        `Address ${pod.status.podIP || 'none'}${pod.spec.hostNetwork ? ', on the node’s own network' : ''}`,
        ...(secrets.length === 0 ? [] : [`Mounts the Secret volumes ${secrets.join(', ')}`]),
      ],
    },
  ];
};
