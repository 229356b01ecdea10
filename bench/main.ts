import { cpus } from 'node:os';
import { aksContainersBenchmark } from './aks-containers-benchmark.ts';
import { aksTokenBenchmark } from './aks-token-benchmark.ts';
import type { Benchmark } from './benchmark.ts';
import { clusterBenchmarks } from './cluster-benchmarks.ts';
import { eksContainersBenchmark } from './eks-containers-benchmark.ts';
import { eksTokenBenchmark } from './eks-token-benchmark.ts';
import { gkeContainersBenchmark } from './gke-containers-benchmark.ts';
import { gkeTokenBenchmark } from './gke-token-benchmark.ts';
import { isolateBenchmark } from './isolate-benchmark.ts';
import { directoryBenchmark, s3Benchmark } from './memory-benchmark.ts';
import { startUpBenchmark } from './start-up-benchmark.ts';

/** In the order they print. */
const BENCHMARKS: readonly Benchmark[] = [
  startUpBenchmark,
  clusterBenchmarks,
  eksTokenBenchmark,
  gkeTokenBenchmark,
  aksTokenBenchmark,
  eksContainersBenchmark,
  gkeContainersBenchmark,
  aksContainersBenchmark,
  isolateBenchmark,
  directoryBenchmark,
  s3Benchmark,
];

const print = (block: string): void => {
  process.stdout.write(`${block}\n\n`);
};

print(
  `Node ${process.version}, ${cpus().length} CPUs. Times are medians; "x" is how many times Firebreak's time. Compare within one run only.`,
);
for (const benchmark of BENCHMARKS) await benchmark(print);
