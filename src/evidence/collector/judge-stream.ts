import type { Artifact, Collection } from '../../core/evidence.ts';
import { whyCut } from '../why-cut.ts';
import type { CollectorReport } from './collector-report.ts';
import type { CollectorRun } from './run-collector.ts';

/** What arrived, as it was counted and hashed here. */
export interface Arrived {
  readonly bytes: number;
  readonly sha256: string;
}

export interface Judgement {
  readonly source: NonNullable<Artifact['source']>;
  /** Sentences; one is enough to make an artifact INCOMPLETE. */
  readonly problems: readonly string[];
  /** Sentences that a reader needs, and that don't make it INCOMPLETE. */
  readonly remarks: readonly string[];
}

const STOPS: Readonly<Record<string, string>> = {
  deadline: 'The collector stopped at its deadline; what would have come after that is missing.',
  'listener-gone': 'The collector stopped because nobody listened any more; the rest is missing.',
};

const LACKS: Readonly<Record<string, string>> = {
  tar: 'The container has a shell but no tar, so its files could not be read.',
  paths: 'None of the paths that were asked for could be read.',
  'cat and env': 'The container has a shell but not the cat and env that the collector needs.',
};

const statusProblems = ({ status, end, report }: CollectorRun): readonly string[] => {
  if (end.kind !== 'ended') return [];
  switch (status.kind) {
    case 'exited':
      if (status.code === 0) return [];
      return report.value('stopped') === undefined
        ? [`The collector ended with exit status ${status.code}.`]
        : [];
    case 'failed':
      return [`The container's runtime says: ${status.message}`];
    case 'unknown':
      return [`How the collector ended is not known: ${status.why}.`];
  }
};

const ownProblems = (report: CollectorReport): readonly string[] => {
  const problems: string[] = [];
  const stopped = report.value('stopped');
  if (stopped !== undefined) problems.push(STOPS[stopped] ?? 'The collector stopped early.');
  if (report.value('refused') !== undefined) {
    const room = report.value('room')?.split(' ')[0] ?? 'unknown';
    problems.push(
      `The container's memory limit leaves ${room} bytes and the collector needs 16 MiB, so nothing was read: it could have cost the container its life.`,
    );
    return problems;
  }
  for (const what of report.list('lacking')) problems.push(LACKS[what] ?? 'The container lacks a tool.');
  if (report.value('end') === undefined) problems.push('The end mark of the stream is missing.');
  return problems;
};

/** Both GNU's and busybox's tar end with 1 or 2 by themselves; above it a shell or a signal ended them. */
const LAST_STATUS_OF_TAR = 2;

const tarProblems = (report: CollectorReport): readonly string[] => {
  const status = report.count('status');
  if (report.value('lacking') !== undefined || report.value('end') === undefined) return [];
  if (status === undefined) return ['How tar ended is not known.'];
  if (report.fatal !== undefined) return [`tar could not go on: ${report.fatal}`];
  if (status === 0) return [];
  const gnu = report.value('tool') === 'tar gnu';
  const delayed = report.messages.some((line) => /delayed from previous|due to previous errors/u.test(line));
  // GNU: 1 is "some files differ". Both go on after a path that they could not read, and say so at the end.
  const explained = (gnu && status === 1) || delayed || report.unreadable > 0;
  if (explained && status <= LAST_STATUS_OF_TAR) return [];
  return [`tar ended with exit status ${status}.`];
};

const pathProblems = (report: CollectorReport, paths: readonly string[]): readonly string[] => {
  const named = (index: string) => JSON.stringify(paths[Number(index) - 1] ?? index);
  return [
    ...report.list('absent').map((index) => `The path ${named(index)} does not exist in the container.`),
    ...report
      .list('barred')
      .map(
        (index) =>
          `The path ${named(index)} holds mounted secrets or the system's own state; its content is not collected.`,
      ),
  ];
};

const measureProblems = (report: CollectorReport, arrived: Arrived): readonly string[] => {
  const bytes = report.count('bytes');
  const sha256 = report.value('sha256');
  if (bytes === undefined) return ['The source could not count what it sent.'];
  if (bytes !== arrived.bytes) return [`The source sent ${bytes} bytes and ${arrived.bytes} arrived.`];
  if (sha256 !== undefined && sha256 !== arrived.sha256) {
    return ['The SHA-256 at the source differs from the one of what arrived.'];
  }
  return [];
};

const remarksOf = (report: CollectorReport): readonly string[] => {
  const remarks: string[] = [];
  const room = report.value('room');
  if (room?.startsWith('unknown') === true) {
    remarks.push(
      "The container's memory limit could not be read; the collector ran without knowing its room.",
    );
  }
  if (report.unreadable > 0) {
    remarks.push(
      `The container's user could not read ${report.unreadable} paths; they are not in the archive.`,
    );
  }
  const mounts = report.list('mount');
  if (mounts.length > 0)
    remarks.push(`Mounts that are no part of the root file system: ${mounts.join(', ')}.`);
  if (report.value('parted') !== undefined) {
    remarks.push(
      `This tar can't leave out mounts, so ${report.value('parted')} folders that hold mounts are there by their content only, without their own owner, mode and times.`,
    );
  }
  return [...remarks, ...report.messages.map((line) => `The container's tools said: ${line}`)];
};

/** Compares what the source said with what arrived. Nothing that the source says makes a cut stream whole. */
export const judgeStream = (
  run: CollectorRun,
  arrived: Arrived,
  asked: { readonly collection: Collection; readonly paths: readonly string[] },
): Judgement => {
  const { report, end } = run;
  const cut =
    end.kind === 'late' ? ['The collector did not stop at its deadline and was cut off.'] : whyCut(end);
  const own = [...statusProblems(run), ...ownProblems(report)];
  const tar = asked.collection === 'files' ? tarProblems(report) : [];
  const early =
    cut.length > 0 || report.value('stopped') !== undefined || report.value('refused') !== undefined;
  const problems = [
    ...cut,
    // A stream that was cut has no end mark, no count and a broken pipe at its source: all said by the cut itself.
    ...(cut.length > 0 ? own.filter((problem) => Object.values(STOPS).includes(problem)) : own),
    ...pathProblems(report, asked.paths),
    ...(early ? [] : [...tar, ...measureProblems(report, arrived)]),
  ];
  const bytes = report.count('bytes');
  const sha256 = report.value('sha256');
  return {
    source: {
      ...(bytes === undefined ? {} : { bytes }),
      ...(sha256 === undefined ? {} : { sha256 }),
    },
    problems,
    remarks: remarksOf(report),
  };
};
