import type { KubeObject, ObjectMeta } from './kube-object.ts';

export interface VolumeSource {
  readonly name: string;
  readonly secret?: { readonly secretName: string };
  readonly configMap?: { readonly name: string };
  readonly emptyDir?: Readonly<Record<string, never>>;
  readonly projected?: {
    readonly sources: readonly Readonly<Record<string, unknown>>[];
    readonly defaultMode?: number;
  };
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

export interface PodContainer {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly env?: readonly EnvVar[];
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol?: string;
  }[];
  readonly resources?: {
    readonly limits?: Readonly<Record<string, string>>;
    readonly requests?: Readonly<Record<string, string>>;
  };
  readonly securityContext?: {
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly [key: string]: unknown;
  };
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
  readonly [field: string]: unknown;
}

export interface EphemeralContainer extends PodContainer {
  /** Whose processes it sees. */
  readonly targetContainerName?: string;
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly serviceAccountName?: string;
  readonly containers: readonly PodContainer[];
  readonly initContainers?: readonly PodContainer[];
  readonly ephemeralContainers?: readonly EphemeralContainer[];
  readonly volumes?: readonly VolumeSource[];
  readonly securityContext?: {
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly [key: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** What is written to make a pod: a manifest as kubectl takes it, without the status. */
export interface PodManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: ObjectMeta & { readonly namespace: string };
  readonly spec: PodSpec;
}

export interface ContainerStatus {
  readonly name: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly lastState: Readonly<Record<string, unknown>>;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly started: boolean;
  readonly [field: string]: unknown;
}

export interface PodStatus {
  readonly phase: string;
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly [field: string]: unknown;
}

export interface Pod extends KubeObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: PodManifest['metadata'] & { readonly uid: string };
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

/** Pods are put into the store by the kubelet alone, with all that the type says. */
export const isPod = (object: KubeObject): object is Pod => object.kind === 'Pod';
