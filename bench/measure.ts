export interface Timing {
  readonly name: string;
  readonly medianMs: number;
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};

/**
 * Times the same task of all contenders, interleaved: a shared machine's speed drifts, so only what ran side by side
 * compares. The order turns by one in each round; a first round warms up and does not count. A task that resolves with
 * milliseconds has timed itself.
 */
export const measure = async <Contender extends { readonly name: string }>(
  contenders: readonly Contender[],
  rounds: number,
  task: (contender: Contender) => Promise<unknown>,
): Promise<readonly Timing[]> => {
  const times = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (let place = 0; place < contenders.length; place += 1) {
      const contender = contenders[(round + place) % contenders.length];
      if (contender === undefined) continue;
      const start = performance.now();
      const ownMs = await task(contender);
      if (round > 0) {
        const ms = typeof ownMs === 'number' ? ownMs : performance.now() - start;
        times.get(contender)?.push(ms);
      }
    }
  }
  return contenders.map((contender) => ({
    name: contender.name,
    medianMs: median(times.get(contender) ?? []),
  }));
};

/** One line a contender: its median, and how many times Firebreak's that is. */
export const table = (title: string, rounds: number, timings: readonly Timing[]): string => {
  const own = timings[0]?.medianMs ?? Number.NaN;
  const lines = timings.map(({ name, medianMs }) => {
    const times = `${(medianMs / own).toFixed(2)} x`;
    return `  ${name.padEnd(22)}${`${medianMs.toFixed(medianMs < 10 ? 2 : 1)} ms`.padStart(12)}${times.padStart(11)}`;
  });
  return [`${title} (median of ${rounds}, in turns)`, ...lines].join('\n');
};
