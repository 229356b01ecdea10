import type { SealedObject } from '../core/evidence.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { nearest } from '../core/nearest.ts';
import type { Person } from '../core/person.ts';
import { LINK_VERB } from '../core/planned-verbs.ts';
import type { FlowDeps } from './deps.ts';
import { granted } from './granted.ts';
import type { Run } from './ledger.ts';
import type { Reply } from './use-cases.ts';

export interface LinkInput {
  readonly run: string;
  /** An object of the bundle; left out, the person is offered all of them. */
  readonly name?: string;
  readonly channel: string;
  readonly person: Person;
}

type Evidence = NonNullable<NonNullable<Run['result']>['evidence']>;

/**
 * What a sealed bundle holds, each in the version that was sealed: the newest may be anybody's. So what an older result does
 * not name is not offered.
 */
const objectsOf = ({
  artifacts,
  seals = [],
  manifestVersion: version,
}: Evidence): readonly SealedObject[] => [
  ...artifacts.filter(({ bytes }) => bytes > 0),
  { name: 'manifest.json', ...(version === undefined ? {} : { version }) },
  ...seals,
];

/**
 * A link to one object of a run's evidence, for the person who asks and nobody else. It ends after five minutes by the
 * database's clock, and who was given it is in the trail before it is shown. Throws `policy-refused`, `not-found`,
 * `evidence-store`.
 */
export const issueLink = async (deps: FlowDeps, input: LinkInput): Promise<Reply> => {
  const run = await deps.ledger.run(input.run);
  if (run === undefined || run.plan.channel !== input.channel)
    throw new FirebreakError({
      code: 'not-found',
      message: `There is no run ${input.run} in this channel.`,
      next: 'See `/k8s status`.',
    });
  const { plan, result } = run;
  const [target] = plan.targets;
  const entry = deps.clusters.entries.find(({ name }) => name === plan.cluster.name);
  const { approvals, rule } = granted(deps, input.channel, [LINK_VERB], {
    cluster: plan.cluster.name,
    guard: entry?.guard ?? { floorApprovals: 0, protectedNamespaces: [], protectedLabels: {} },
    ...(target === undefined || target.namespace === '' ? {} : { namespace: target.namespace }),
    ...(plan.protection === undefined ? {} : { target: plan.protection }),
  });
  if (approvals > 0)
    throw new FirebreakError({
      code: 'policy-refused',
      message: `The rule for ${LINK_VERB} asks for ${approvals} approval${approvals === 1 ? '' : 's'}, and a link goes out at once to who asks.`,
      next: `${
        rule.approvals === 0
          ? `The floor of ${plan.cluster.name} asks for that.`
          : `Whoever runs Firebreak names ${LINK_VERB} in a rule with \`approvals: 0\`.`
      } Until then fetch it from ${deps.store.location} with credentials of your own.`,
    });
  const evidence = result?.evidence;
  if (evidence === undefined)
    throw new FirebreakError({
      code: 'not-found',
      message: `${run.id} has no sealed evidence.`,
      next: 'Its card says how it ended.',
    });
  if (plan.evidence !== deps.store.location)
    throw new FirebreakError({
      code: 'evidence-store',
      message: `The evidence of ${run.id} is kept at ${plan.evidence}, and this Firebreak keeps its own at ${deps.store.location}.`,
      next: `Fetch ${evidence.reference} from there with credentials of your own.`,
    });
  const objects = objectsOf(evidence);
  const names = objects.map(({ name }) => name);
  if (input.name === undefined)
    return {
      kind: 'choose',
      text: `Which file of ${run.id}? The link is yours alone and ends after five minutes.`,
      options: names.map((name) => ({ label: name, command: `${LINK_VERB} ${run.id} ${name}` })),
    };
  const object = objects.find(({ name }) => name === input.name);
  if (object === undefined) {
    const near = nearest(input.name, names);
    throw new FirebreakError({
      code: 'not-found',
      message: `There is no ${input.name} in the evidence of ${run.id}.`,
      next:
        near === undefined
          ? `It has: ${names.join(', ')}.`
          : `Did you mean \`/k8s ${LINK_VERB} ${run.id} ${near}\`?`,
    });
  }
  const signingDate = await deps.ledger.now();
  const { name, version } = object;
  const link = await deps.store.link(
    `${run.case}/${run.id}`,
    { name, ...(version === undefined ? {} : { version }) },
    signingDate,
    AbortSignal.timeout(LINK_DEADLINE_MS),
  );
  await deps.ledger.write((transaction) =>
    transaction.append({
      type: 'link.issued',
      actor: { kind: 'person', ...input.person },
      case: run.case,
      run: run.id,
      facts: {
        name,
        expiresAt: link.expiresAt.toISOString(),
        ...(link.version === undefined ? {} : { version: link.version }),
      },
    }),
  );
  return {
    kind: 'link',
    text: `${name} of ${run.id}, for you alone. Who was given it is in the trail.`,
    url: link.url,
    name,
    expiresAt: link.expiresAt,
  };
};

/** The store signs by itself; its credentials may have to be fetched first. */
const LINK_DEADLINE_MS = 20_000;
