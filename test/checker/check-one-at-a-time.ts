import type { Database, RunRow } from './read-database.ts';

const ENDS = ['run.succeeded', 'run.incomplete', 'run.failed', 'run.cancelled'];

interface Held {
  readonly run: RunRow;
  readonly from: number;
  readonly to: number;
}

/** No object was held by two changing runs at once, by the order of the trail. */
export const checkOneAtATime = ({ runs, events }: Database): readonly string[] => {
  const held = runs.flatMap((run): readonly Held[] => {
    const own = events.filter(({ run_id: id }) => id === run.id);
    const from = own.find(({ type }) => type === 'run.started')?.seq;
    const to = own.find(({ type }) => ENDS.includes(type))?.seq ?? Number.POSITIVE_INFINITY;
    return from === undefined || run.plan.writes.length === 0 ? [] : [{ run, from, to }];
  });
  return held.flatMap((one, index) =>
    held
      .slice(index + 1)
      .filter((other) => one.from < other.to && other.from < one.to)
      .flatMap((other) =>
        one.run.plan.writes
          .filter(({ object }) => other.run.plan.writes.some((write) => write.object.uid === object.uid))
          .map(
            ({ object }) => `${one.run.id} and ${other.run.id} held ${object.kind}/${object.name} at once`,
          ),
      ),
  );
};
