import { z } from 'zod';

const address = z.union([z.ipv4(), z.ipv6()]);

/**
 * Rules of Firebreak's own in the network namespace of one pod: nothing passes but the loopback interface, and the pod's
 * own node to the ports that kubelet probes. It is the text of a made object of kind `netns`.
 */
export const netnsSchema = z.looseObject({
  kind: z.literal('NetworkNamespace'),
  metadata: z.looseObject({}),
  spec: z.looseObject({
    pod: z.strictObject({ namespace: z.string(), name: z.string(), uid: z.uuid() }),
    node: z.string(),
    /** By digest: a person needs one to take the rules away by hand. */
    toolImage: z.string(),
    /** Of nftables, family inet. */
    table: z.string().regex(/^firebreak_[a-z0-9_]{1,80}$/u),
    admits: z.strictObject({
      /** The node's addresses as kubelet reports them; the one by which it reaches the pod is found where the rules are loaded. */
      from: z.array(address).readonly(),
      /** TCP ports. */
      ports: z.array(z.int().min(1).max(65_535)).readonly(),
    }),
  }),
});
export type Netns = Readonly<z.infer<typeof netnsSchema>>;

/** What the ledger holds of such rules, or a plan makes. Throws ZodError for another text. */
export const netnsOf = (text: string): Netns => netnsSchema.parse(JSON.parse(text));

/** `firebreak_fb_2026_0007_3`: by it the rules of a run are found again. */
export const netnsTable = (run: string): string =>
  `firebreak_${run.toLowerCase().replaceAll(/[^a-z0-9]/gu, '_')}`;

/** `checkout-5d.firebreak_fb_2026_0007_3`: whose namespace, and which rules. No pod has an underscore in its name. */
export const netnsName = (pod: string, run: string): string => `${pod}.${netnsTable(run)}`;

export const podOfNetns = ({ name }: { readonly name: string }): string =>
  name.slice(0, name.lastIndexOf('.'));

/**
 * The rules as the ledger knows them, in the shape of an object. Before an approval nobody looks into a node, so that what
 * is planned goes by it; the run reads what stands there.
 */
export const asLedgerKnows = (text: string, uid: string | undefined): unknown => {
  const known = netnsOf(text);
  return { ...known, metadata: { ...known.metadata, uid: uid ?? '' } };
};

/**
 * The command that takes such rules away by hand: from a debugging pod on the node, in whichever namespace of the pod's
 * processes they stand. `[-_]`: the node writes a UID with either.
 */
export const netnsByHand = (text: string): string => {
  const { pod, node, toolImage, table } = netnsOf(text).spec;
  const uid = pod.uid.replaceAll('-', '[-_]');
  const script = [
    `for p in $(/bin/busybox grep -ls pod${uid} /proc/[0-9]*/cgroup)`,
    `do /bin/busybox nsenter -n\${p%cgroup}ns/net /usr/sbin/nft delete table inet ${table} && break`,
    'done',
  ].join('; ');
  return `kubectl debug node/${node} -it --profile=sysadmin --image=${toolImage} -- /bin/busybox sh -c '${script}'`;
};
