import { randomBytes } from 'node:crypto';
import type { Container } from '../runtime/container.ts';
import { ContainerLog } from '../runtime/container-log.ts';

export interface Ended {
  readonly exitCode: number;
  readonly signal: number;
  readonly reason: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly containerId: string;
}

/** How a container that is not running can be asked for: what `kubectl get pod` shows and what it left behind. */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
  /** Given when it ran before: how that run ended. */
  readonly exitCode?: number;
  /** What the ended run printed. `lost` plays a node that has removed the ended container. */
  readonly log?: readonly string[] | 'lost';
}

export type ContainerState =
  | { readonly kind: 'running'; readonly startedAt: Date }
  | { readonly kind: 'waiting'; readonly reason: string; readonly message: string }
  | { readonly kind: 'terminated'; readonly end: Ended };

/** All that the stand-in's kubelet knows about one container of a pod. */
export interface ContainerRecord {
  readonly name: string;
  id: string;
  restartCount: number;
  state: ContainerState;
  last: Ended | undefined;
  log: ContainerLog;
  previousLog: ContainerLog | undefined;
  /** Whom it was last started as; undefined before. */
  user: { readonly uid: number; readonly gid: number } | undefined;
  /** Present while it runs as real processes. */
  container: Container | undefined;
}

export const newContainerId = () => randomBytes(32).toString('hex');

/** A container that has not run yet. */
export const newRecord = (name: string): ContainerRecord => ({
  ...{ name, id: '', restartCount: 0, state: { kind: 'waiting', reason: 'ContainerCreating', message: '' } },
  ...{
    last: undefined,
    log: new ContainerLog(),
    previousLog: undefined,
    user: undefined,
    container: undefined,
  },
});

/** How a container that runs ends now. */
export const ended = (container: ContainerRecord, exitCode: number, signal: number): Ended => ({
  ...{ exitCode, signal, reason: exitCode === 0 ? 'Completed' : 'Error' },
  startedAt: container.state.kind === 'running' ? container.state.startedAt : new Date(),
  finishedAt: new Date(),
  containerId: container.id,
});
