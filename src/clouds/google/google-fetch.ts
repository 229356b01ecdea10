import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { isThisMachine } from '../../runtime/is-this-machine.ts';
import { vendorAgent } from '../../runtime/vendor-agent.ts';
import { type GoogleSurroundings, variable } from './google-surroundings.ts';

/** Below it, an answer on its way can look like a clock that is off. */
const TOLERATED_SKEW_MS = 5 * 60_000;
/** A description of a large cluster is some hundred kilobytes. */
const LARGEST_ANSWER_BYTES = 8 * 1024 ** 2;
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 304]);

/** Addresses of the machine's own metadata, which no proxy reaches. Sources: Compute Engine, Amazon EC2 and Azure documentation. */
const METADATA_HOST = /^(?:169\.254\.\d+\.\d+|\[fd00:ec2::254\]|metadata\.google\.internal\.?)$/u;

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
  readonly #apis: HttpsAgent;
  readonly #direct = new HttpAgent({ keepAlive: true });
  #skewMs: number | undefined;

  constructor(surroundings: GoogleSurroundings) {
    this.#surroundings = surroundings;
    this.#apis = vendorAgent(surroundings.environment);
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
    if (!secure) this.#requireLocal(url);
    const options = {
      method,
      signal,
      agent: secure ? this.#apis : this.#direct,
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

  /** Tokens go out, and the answer names the CA to trust. Throws `config-invalid`. */
  #requireLocal({ hostname, host }: URL): void {
    if (METADATA_HOST.test(hostname) || isThisMachine(hostname)) return;
    if (host === variable(this.#surroundings, 'GCE_METADATA_HOST')) return;
    throw new FirebreakError({
      code: 'config-invalid',
      message: `Google would be asked unencrypted, at http://${host}.`,
      next: 'Name an https address wherever this one comes from: CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER, or a URL in the credentials file.',
    });
  }
}
