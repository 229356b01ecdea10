import { allows } from '../access/allows.ts';
import { answerReview } from '../access/answer-review.ts';
import { answerSubjectReview } from '../access/answer-subject-review.ts';
import { issueToken } from '../access/issue-token.ts';
import { podSecurityViolation } from '../access/pod-security.ts';
import type { User } from '../access/user.ts';
import { admitCreatedPod } from '../pods/admit-created-pod.ts';
import { endObject } from '../pods/end-object.ts';
import { keepCreated } from '../pods/keep-created.ts';
import type { Kubelet } from '../pods/kubelet.ts';
import { admitJob } from '../writes/admit-job.ts';
import { createObject } from '../writes/create-object.ts';
import { type Deletion, deleteObject } from '../writes/delete-object.ts';
import { ephemeralContainersStrategy } from '../writes/ephemeral-containers.ts';
import { evictPod } from '../writes/evict-pod.ts';
import { patchObject } from '../writes/patch-object.ts';
import { replaceObject } from '../writes/replace-object.ts';
import type { Creation, WriteContext } from '../writes/write-context.ts';
import { type Answer, nothingHere, refusal } from './answer.ts';
import { answerLog } from './answer-log.ts';
import { answerGet, answerList } from './answer-read.ts';
import { answerWatch } from './answer-watch.ts';
import type { ObjectStore } from './object-store.ts';
import { isPod } from './pod.ts';
import type { RequestTarget } from './request-target.ts';
import type { ResourceKind } from './resource-kinds.ts';
import * as status from './status.ts';

const REVIEWS = [
  'subjectaccessreviews',
  'selfsubjectaccessreviews',
  'selfsubjectrulesreviews',
  'selfsubjectreviews',
];

/** A request for a resource, from someone who may make it. */
export interface ResourceRequest {
  readonly store: ObjectStore;
  readonly kubelet: Kubelet;
  readonly user: User;
  readonly addUser: (name: string, groups: readonly string[]) => User;
  readonly target: RequestTarget;
  readonly resource: ResourceKind;
  readonly query: URLSearchParams;
  readonly accept: string;
  /** Without its parameters; empty when the request names none. */
  readonly contentType: string;
  readonly userAgent: string;
  readonly body: string;
}

function answerReviewRequest({ target, user, store, body, contentType }: ResourceRequest): Answer {
  if (!['', 'application/json'].includes(contentType)) return refusal(status.unsupportedMediaType());
  return target.resource === 'subjectaccessreviews'
    ? answerSubjectReview(store, parseJson(body))
    : answerReview(target.resource, user, parseJson(body));
}

/** Ephemeral containers are added to a pod under the rules of its namespace. */
const adding = ({ store, target }: ResourceRequest, context: WriteContext): WriteContext => ({
  ...context,
  update: ephemeralContainersStrategy((pod) => {
    const violation = podSecurityViolation(store, pod);
    return violation === undefined ? undefined : refusal(status.forbidden(target, violation));
  }),
});

/** The kubelet starts what is in the pod now; after a dry run or a refusal that is nothing new. */
function startAdded({ store, kubelet, target }: ResourceRequest, answer: Answer): Answer {
  const pod = store.get(target);
  if (pod !== undefined && isPod(pod)) void kubelet.startEphemeral(pod);
  return answer;
}

function answerSubresource(
  request: ResourceRequest,
  context: WriteContext,
  end: (one: Deletion) => void,
): Answer {
  const { store, kubelet, target, query, body, addUser } = request;
  switch (`${target.verb} ${target.resource}/${target.subresource}`) {
    case 'get pods/log': {
      const pod = store.get(target);
      if (pod === undefined || !isPod(pod)) return refusal(status.notFound(target));
      return answerLog(pod, kubelet.find(target.namespace, target.name), query);
    }
    case 'get pods/exec':
    case 'create pods/exec':
      return refusal(status.badRequest('Upgrade request required'));
    case 'get pods/ephemeralcontainers':
      return answerGet(request);
    case 'patch pods/ephemeralcontainers':
      return startAdded(
        request,
        patchObject(adding(request, context), () => refusal(status.notFound(target))),
      );
    case 'update pods/ephemeralcontainers':
      return startAdded(request, replaceObject(adding(request, context)));
    case 'create pods/eviction':
      return evictPod(context, end);
    case 'create serviceaccounts/token':
      return issueToken({ store, target, body, addUser });
    default:
      return nothingHere();
  }
}

/** What a resource answers, read or written. */
export function answerResource(request: ResourceRequest): Answer {
  const { store, kubelet, user, resource } = request;
  const namespace = resource.scope === 'cluster' ? '' : request.target.namespace;
  const target = { ...request.target, namespace };
  const place = { store, kubelet };
  const creation: Creation = {
    admit: (object) => (object.kind === 'Job' ? admitJob(object) : admitCreatedPod(store, object)),
    keep: (object) => keepCreated(place, object),
  };
  const context: WriteContext = { ...request, target, creation, now: new Date() };
  const end = (deletion: Deletion) => endObject(place, deletion);
  if (target.verb === 'create' && REVIEWS.includes(target.resource)) return answerReviewRequest(request);
  if (target.subresource !== '') return answerSubresource(request, context, end);
  if (!resource.verbs.includes(target.verb)) return refusal(status.methodNotAllowed());
  const read = { ...request, target };
  switch (target.verb) {
    case 'list':
      return answerList(read);
    case 'watch':
      return answerWatch(read);
    case 'create':
      return createObject(context);
    case 'update':
      return replaceObject(context);
    case 'patch':
      return patchObject(context, () => {
        const create = { ...request.target, verb: 'create' };
        return allows(user, create)
          ? undefined
          : refusal(status.forbidden(create, status.whyForbidden(user.name, create)));
      });
    case 'delete':
      return deleteObject(context, end);
    default:
      return answerGet(read);
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
