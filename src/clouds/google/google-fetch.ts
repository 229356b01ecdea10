import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { type GoogleSurroundings, variable } from './google-surroundings.ts';

/** Below it, an answer on its way can look like a clock that is off. */
const TOLERATED_SKEW_MS = 5 * 60_000;
/** A description of a large cluster is some hundred kilobytes. */
const LARGEST_ANSWER_BYTES = 8 * 1024 ** 2;
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 304]);

/** Addresses of the machine's own metadata, which no proxy reaches. Sources: Compute Engine, Amazon EC2 and Azure documentation. */
const METADATA_HOST = /^(?:169\.254\.\d+\.\d+|\[fd00:ec2::254\]|metadata\.google\.internal\.?)$/u;

const proxied = ({
  environment,
}: GoogleSurroundings): { readonly http: HttpAgent; readonly https: HttpsAgent } => {
  const options = { keepAlive: true, proxyEnv: { ...environment } };
  try {
    return {
      http: new HttpAgent(options),
      // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED can't switch it off.
      https: new HttpsAgent({ ...options, rejectUnauthorized: true }),
    };
  } catch {
    // Node's own message quotes the URL with its password.
    throw new FirebreakError({
      code: 'config-invalid',
      message: "The URL of the proxy in HTTPS_PROXY or HTTP_PROXY can't be read.",
      next: 'Write it as http://host:port.',
    });
  }
};

const read = async (answer: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('not bytes');
    bytes += chunk.length;
    if (bytes > LARGEST_ANSWER_BYTES) throw Object.assign(new Error('too long'), { code: 'EMSGSIZE' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/**
 * `fetch` for Google's library, which by itself reads the proxy from the process. Follows no redirect. Each answer's
 * Date header tells how far our clock is off.
 */
export class GoogleFetch {
  readonly #surroundings: GoogleSurroundings;
  readonly #proxied: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly #direct = new HttpAgent({ keepAlive: true });
  #skewMs: number | undefined;

  constructor(surroundings: GoogleSurroundings) {
    this.#surroundings = surroundings;
    this.#proxied = proxied(surroundings);
  }

  /** Milliseconds that Google's clock is ahead of ours, where that is worth a word; from the last answer. */
  get skewMs(): number | undefined {
    return this.#skewMs !== undefined && Math.abs(this.#skewMs) > TOLERATED_SKEW_MS
      ? this.#skewMs
      : undefined;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const asked = new Request(input, {
      method: init?.method ?? 'GET',
      headers: init?.headers ?? {},
      body: init?.body ?? null,
      signal: init?.signal ?? null,
    });
    const body = Buffer.from(await asked.arrayBuffer());
    const answer = await this.#send(new URL(asked.url), asked, body);
    const theirs = Date.parse(answer.headers.date ?? '');
    if (asked.url.startsWith('https:') && !Number.isNaN(theirs))
      this.#skewMs = theirs - this.#surroundings.clock.now().getTime();
    const status = answer.statusCode ?? 0;
    const bytes = await read(answer);
    const headers = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    );
    return new Response(WITHOUT_BODY.has(status) ? null : new Uint8Array(bytes), { status, headers });
  };

  #send(url: URL, { method, headers, signal }: Request, body: Buffer): Promise<IncomingMessage> {
    const secure = url.protocol === 'https:';
    const isMetadata =
      METADATA_HOST.test(url.hostname) || url.host === variable(this.#surroundings, 'GCE_METADATA_HOST');
    const plain = isMetadata ? this.#direct : this.#proxied.http;
    const options = {
      method,
      signal,
      agent: secure ? this.#proxied.https : plain,
      headers: {
        ...Object.fromEntries(headers),
        ...(body.length === 0 && method === 'GET' ? {} : { 'content-length': body.length }),
      },
    };
    return new Promise((resolve, reject) => {
      const sent = secure ? httpsRequest(url, options, resolve) : httpRequest(url, options, resolve);
      sent.on('error', reject).end(body);
    });
  }
}
