/** The start of a body that is no JSON. Source: k8s.io/apimachinery, pkg/runtime/serializer/protobuf. */
const MAGIC = Buffer.from('k8s\0', 'latin1');
const END_OF_VARINT = 0x80;
const WIRE = { varint: 0, bytes: 2 } as const;

/** Fields of a message by their number: a text, a number, a message; a list where it may come more than once. */
type Schema = Readonly<Record<number, readonly [name: string, type: 'text' | 'number' | 'texts' | Schema]>>;

const METADATA: Schema = { 1: ['name', 'text'], 3: ['namespace', 'text'] };
const DELETE_OPTIONS: Schema = {
  1: ['gracePeriodSeconds', 'number'],
  2: ['preconditions', { 1: ['uid', 'text'], 2: ['resourceVersion', 'text'] }],
  4: ['propagationPolicy', 'text'],
  5: ['dryRun', 'texts'],
};
const RESOURCE_ATTRIBUTES: Schema = {
  ...{ 1: ['namespace', 'text'], 2: ['verb', 'text'], 3: ['group', 'text'], 4: ['version', 'text'] },
  ...{ 5: ['resource', 'text'], 6: ['subresource', 'text'], 7: ['name', 'text'] },
};

/** What kubectl's typed clients send in protobuf and do not send again as JSON. */
const MESSAGES: Readonly<Record<string, Schema>> = {
  DeleteOptions: DELETE_OPTIONS,
  Eviction: { 1: ['metadata', METADATA], 2: ['deleteOptions', DELETE_OPTIONS] },
  Namespace: { 1: ['metadata', METADATA] },
  SelfSubjectAccessReview: { 2: ['spec', { 1: ['resourceAttributes', RESOURCE_ATTRIBUTES] }] },
  SelfSubjectRulesReview: { 2: ['spec', { 1: ['namespace', 'text'] }] },
  SelfSubjectReview: {},
  TokenRequest: { 2: ['spec', { 1: ['audiences', 'texts'], 4: ['expirationSeconds', 'number'] }] },
};
const UNKNOWN: Schema = { 1: ['typeMeta', { 1: ['apiVersion', 'text'], 2: ['kind', 'text'] }] };

interface Field {
  readonly number: number;
  readonly value: number | Buffer;
}

/** The fields of a message; throws where it ends too early or has fields of other wire types. */
function fieldsOf(message: Buffer): readonly Field[] {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= END_OF_VARINT) {
      const byte = message.readUInt8(at++);
      value += (byte % END_OF_VARINT) * scale;
      if (byte < END_OF_VARINT) return value;
    }
  };
  const fields: Field[] = [];
  while (at < message.length) {
    const tag = varint();
    const wire = tag % 8;
    if (wire !== WIRE.varint && wire !== WIRE.bytes) throw new Error(`wire type ${wire}`);
    const number = (tag - wire) / 8;
    const first = varint();
    if (wire === WIRE.bytes) at += first;
    fields.push({ number, value: wire === WIRE.varint ? first : message.subarray(at - first, at) });
  }
  return fields;
}

function decode(message: Buffer, schema: Schema): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { number, value } of fieldsOf(message)) {
    const [name = '', type] = schema[number] ?? [];
    if (type === undefined) continue;
    if (typeof value === 'number') result[name] = value;
    else if (type === 'text') result[name] = value.toString('utf8');
    else if (type === 'texts')
      result[name] = [...(Array.isArray(result[name]) ? result[name] : []), value.toString('utf8')];
    else if (type !== 'number') result[name] = decode(value, type);
  }
  return result;
}

const withoutEmpty = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, one]) => one !== '')
          .map(([key, one]) => [key, withoutEmpty(one)]),
      )
    : value;

/** A protobuf body as the JSON of the same object; undefined for an object that the stand-in does not read so. */
export function protobufAsJson(body: Buffer): string | undefined {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  try {
    const envelope = body.subarray(MAGIC.length);
    const { typeMeta } = decode(envelope, UNKNOWN);
    const raw = fieldsOf(envelope).find(({ number }) => number === 2)?.value;
    const kind = String(Reflect.get(Object(typeMeta), 'kind'));
    const schema = MESSAGES[kind];
    if (schema === undefined || typeof raw === 'number') return undefined;
    const object = { ...Object(typeMeta), ...decode(raw ?? Buffer.alloc(0), schema) };
    return JSON.stringify(withoutEmpty(object));
  } catch {
    return undefined;
  }
}
