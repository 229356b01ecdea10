import type { types } from '@slack/bolt';
import type { Run } from '../flow/ledger.ts';
import { bytesText, durationText } from './amounts.ts';
import { bold, type Line, linesBlock, plain, user, words } from './rich-text.ts';

/** Below this the rate says nothing. */
const RATE_AFTER_MS = 1_000;

/** The phase in which the cluster is changed: nothing is read that could be counted. */
const CHANGE_PHASE = 'change';

/** Phase, bytes, rate and elapsed time of a run that a worker holds. `now` is this process's clock. */
const progressLine = (run: Run, now: Date): Line => {
  const elapsedMs = Math.max(0, now.getTime() - (run.startedAt ?? now).getTime());
  const elapsed = words(`${durationText(elapsedMs)} elapsed`);
  if (run.progress === undefined) return [bold('Connecting'), words(', '), elapsed];
  if (run.progress.phase === CHANGE_PHASE) return [bold('Changing the cluster'), words(', '), elapsed];
  const rate = elapsedMs < RATE_AFTER_MS ? '' : `, ${bytesText((run.progress.bytes / elapsedMs) * 1000)}/s`;
  return [bold(run.progress.phase), words(`, ${bytesText(run.progress.bytes)}${rate}, `), elapsed];
};

/** What a queued or running run is doing now, and who asked to stop it. */
export const progressBlock = (run: Run, now: Date): types.RichTextBlock =>
  linesBlock([
    run.state === 'queued' ? [words('Approved. Waiting for a worker.')] : progressLine(run, now),
    ...(run.fence > 1
      ? [
          [
            plain(
              `Worker ${run.fence}: an earlier one died, ${
                run.plan.writes.length === 0
                  ? 'and the capture started over.'
                  : 'and what it had changed already is looked up before anything else is.'
              }`,
            ),
          ],
        ]
      : []),
    ...(run.cancelRequestedBy === undefined
      ? []
      : [[words('Cancel asked for by '), user(run.cancelRequestedBy.user), words('.')]]),
  ]);
