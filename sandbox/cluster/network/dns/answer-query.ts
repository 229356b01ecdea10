const HEADER_BYTES = 12;
const TYPE_A = 1;
const CLASS_IN = 1;
const TTL_SECONDS = 5;
const RECURSION_DESIRED = 0x0100;
const RESPONSE_AUTHORITATIVE = 0x8480;
const NAME_ERROR = 3;

/** Answers one query of the name system: an A record for each address, or that there is no such name. RFC 1035. */
export function answerQuery(
  query: Buffer,
  addressesOf: (name: string) => readonly string[] | undefined,
): Buffer | undefined {
  if (query.length < HEADER_BYTES || query.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length !== 0; length = query[at] ?? 0) {
    if (length > 63) return undefined;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 5;
  if (query.length < end) return undefined;
  const isAddress = query.readUInt16BE(at + 1) === TYPE_A && query.readUInt16BE(at + 3) === CLASS_IN;
  const addresses = addressesOf(labels.join('.').toLowerCase());
  const records = isAddress ? (addresses ?? []) : [];
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  const asked = query.readUInt16BE(2) & RECURSION_DESIRED;
  header.writeUInt16BE(RESPONSE_AUTHORITATIVE | asked | (addresses === undefined ? NAME_ERROR : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(HEADER_BYTES, end), ...records.map(addressRecord)]);
}

/** It names what was asked for by a pointer to the question. */
function addressRecord(address: string): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  record.writeUInt16BE(TYPE_A, 2);
  record.writeUInt16BE(CLASS_IN, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(4, 10);
  Buffer.from(address.split('.').map(Number)).copy(record, 12);
  return record;
}
