import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import type { Finding } from '../../core/finding.ts';
import type { Pod } from '../../core/pod.ts';
import { readable } from './readable.ts';

/** Source: Kubernetes API v1, Event. Newer writers fill `eventTime` instead of `lastTimestamp`. */
const eventSchema = z.looseObject({
  type: z.string().default('Normal'),
  reason: z.string().default(''),
  message: z.string().default(''),
  count: z.int().nullish(),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
});

const SHOWN_EVENTS = 10;

export const inspectEvents = async (
  cluster: ClusterReader,
  pod: Pod,
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  const { namespace, uid } = pod.metadata;
  const read = await readable(async () =>
    z
      .array(eventSchema)
      .parse(
        await cluster.list(
          { group: '', version: 'v1', resource: 'events', namespace },
          { fieldSelector: `involvedObject.uid=${uid}` },
          signal,
        ),
      ),
  );
  if (read.kind === 'not read') return [{ title: 'Events', lines: [read.why] }];
  const lines = read.value
    .map((event) => ({ ...event, at: event.lastTimestamp ?? event.eventTime ?? '' }))
    .toSorted((a, b) => b.at.localeCompare(a.at))
    .slice(0, SHOWN_EVENTS)
    .map(({ at, type, reason, message, count }) => {
      const times = count !== null && count !== undefined && count > 1 ? ` (${count} times)` : '';
      return `${at}  ${type === 'Warning' ? 'Warning ' : ''}${reason}: ${message}${times}`;
    });
  return [
    { title: 'Events', lines: lines.length === 0 ? ['none; events are kept for about an hour'] : lines },
  ];
};
