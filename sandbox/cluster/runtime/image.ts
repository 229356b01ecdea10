/** Which programs a container has: the host's, those of one static busybox or of the tool image, or none but its own. */
export const USERLANDS = ['host', 'busybox', 'tool image', 'none'] as const;
export type Userland = (typeof USERLANDS)[number];

export interface ImageFile {
  readonly content: string | Uint8Array;
  /** Permission bits; 0o644 when left out. */
  readonly mode?: number;
}

/** What a container image brings: the read-only layer below a container's own, and its defaults. */
export interface Image {
  readonly userland: Userland;
  /** Run when the pod names no command. */
  readonly entrypoint: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** Numeric ids that the processes run as when the pod names none; 0 when left out. */
  readonly uid?: number;
  readonly gid?: number;
  readonly files?: Readonly<Record<string, ImageFile>>;
  /** Programs of the host that are copied in: path in the image to program name. */
  readonly copies?: Readonly<Record<string, string>>;
  /** The log to answer with where containers can't run. */
  readonly logWithoutProcesses?: readonly string[];
}

export const IMAGE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
