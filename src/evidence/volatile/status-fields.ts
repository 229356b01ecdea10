/** The fields of `/proc/<pid>/status` that a record holds. Source: proc_pid_status(5). */
export interface StatusFields {
  readonly state?: string;
  readonly ppid?: number;
  readonly tracerPid?: number;
  readonly threads?: number;
  /** Real, effective, saved, file system. */
  readonly uid?: readonly number[];
  readonly gid?: readonly number[];
  readonly groups?: readonly number[];
  /** The pid in each nested pid namespace, from the outermost that can be seen. */
  readonly namespacePids?: readonly number[];
  /** Hexadecimal masks. */
  readonly capabilities?: Readonly<Record<string, string>>;
  readonly noNewPrivileges?: number;
  /** 0 none, 1 strict, 2 filter. */
  readonly seccomp?: number;
}

const CAPABILITY_SETS = {
  inheritable: 'CapInh',
  permitted: 'CapPrm',
  effective: 'CapEff',
  bounding: 'CapBnd',
  ambient: 'CapAmb',
} as const;

const numbers = (text: string): readonly number[] => text.split(/\s+/).filter(Boolean).map(Number);

export const readStatus = (content: Buffer): StatusFields => {
  const lines = new Map<string, string>();
  for (const line of content.toString('latin1').split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !lines.has(line.slice(0, colon)))
      lines.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const one = (key: string): number | undefined => {
    const text = lines.get(key);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const many = (key: string): readonly number[] | undefined => {
    const text = lines.get(key);
    return text === undefined ? undefined : numbers(text);
  };
  const capabilities = Object.entries(CAPABILITY_SETS).flatMap(([name, key]) => {
    const mask = lines.get(key);
    return mask === undefined ? [] : [[name, mask] as const];
  });
  return defined({
    state: lines.get('State'),
    ppid: one('PPid'),
    tracerPid: one('TracerPid'),
    threads: one('Threads'),
    uid: many('Uid'),
    gid: many('Gid'),
    groups: many('Groups'),
    namespacePids: many('NSpid'),
    capabilities: capabilities.length === 0 ? undefined : Object.fromEntries(capabilities),
    noNewPrivileges: one('NoNewPrivs'),
    seccomp: one('Seccomp'),
  });
};

/** Leaves out what is not known, so that a record holds no nulls that nobody stated. */
const defined = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> => {
  const kept: Partial<T> = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept;
};
