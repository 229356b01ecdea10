import type { ContainerRecord } from '../pods/container-record.ts';
import type { PodRecord } from '../pods/pod-record.ts';
import { containerOf } from '../pods/pod-record.ts';
import type { ContainerLog, LogLine } from '../runtime/container-log.ts';
import { type Answer, refusal, text } from './answer.ts';
import { chooseContainer } from './choose-container.ts';
import type { Pod } from './pod.ts';
import { badRequest } from './status.ts';

/**
 * GET of a container's log. Options: container, previous, follow, timestamps, tailLines, limitBytes, sinceSeconds.
 * Source: PodLogOptions in k8s.io/api/core/v1; the sentences are the kubelet's.
 */
export function answerLog(pod: Pod, record: PodRecord | undefined, query: URLSearchParams): Answer {
  const chosen = chooseContainer(pod, query.get('container') ?? '');
  if (typeof chosen !== 'string') return refusal(chosen);
  const container = containerOf(record, chosen);
  if (container === undefined) return text('');
  const log = logOf(pod, container, isOn(query, 'previous'));
  if (typeof log === 'string') return refusal(badRequest(log));
  if (log.kind === 'lost')
    return text(`unable to retrieve container logs for containerd://${log.containerId}`);
  const print = (line: LogLine) =>
    isOn(query, 'timestamps') ? `${rfc3339Nano(line.at)} ${line.text}\n` : `${line.text}\n`;
  const already = pick(log.log.lines, query).map(print).join('');
  const limit = Number(query.get('limitBytes') ?? 0);
  const body = limit > 0 ? Buffer.from(already).subarray(0, limit).toString('utf8') : already;
  if (!isOn(query, 'follow')) return text(body);
  const { log: source } = log;
  return {
    kind: 'stream',
    type: 'text/plain',
    start: (write, end) => {
      write(body);
      const stop = source.follow((line) => write(print(line)));
      void container.container?.exited.then(end);
      if (container.container === undefined) end();
      return stop;
    },
  };
}

const isOn = (query: URLSearchParams, name: string) => ['true', '1'].includes(query.get(name) ?? '');
const rfc3339Nano = (at: Date) => at.toISOString().replace('Z', '000000Z');

type Found =
  | { readonly kind: 'log'; readonly log: ContainerLog }
  | { readonly kind: 'lost'; readonly containerId: string };

/** The log of the container's present or ended run, or why there is none. */
function logOf(pod: Pod, container: ContainerRecord, previous: boolean): Found | string {
  const { state, last } = container;
  if (previous || state.kind === 'waiting') {
    if (last !== undefined) {
      return container.previousLog === undefined
        ? { kind: 'lost', containerId: last.containerId }
        : { kind: 'log', log: container.previousLog };
    }
    return previous
      ? `previous terminated container "${container.name}" in pod "${pod.metadata.name}" not found`
      : `container "${container.name}" in pod "${pod.metadata.name}" is waiting to start: ${state.kind === 'waiting' ? state.reason : ''}`;
  }
  return { kind: 'log', log: container.log };
}

function pick(lines: readonly LogLine[], query: URLSearchParams): readonly LogLine[] {
  const sinceSeconds = Number(query.get('sinceSeconds') ?? 0);
  const since =
    sinceSeconds > 0 ? Date.now() - sinceSeconds * 1000 : Date.parse(query.get('sinceTime') ?? '');
  const recent = Number.isNaN(since) ? lines : lines.filter((line) => line.at.getTime() >= since);
  const tail = query.get('tailLines');
  if (tail === null) return recent;
  return Number(tail) === 0 ? [] : recent.slice(-Number(tail));
}
