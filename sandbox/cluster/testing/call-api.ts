import { request } from 'node:https';
import type { StandInCluster } from '../stand-in-cluster.ts';

export interface ApiResponse {
  readonly status: number;
  readonly contentType: string;
  /** The header of that name. */
  readonly warning: string | undefined;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: unknown;
}

export interface ApiCall {
  readonly method?: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** One HTTPS request with the cluster's CA, as admin unless a token is given. */
export function callApi(cluster: StandInCluster, call: ApiCall): Promise<ApiResponse> {
  const { method = 'GET', path, token = cluster.token('admin'), body } = call;
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const length = { 'content-length': String(Buffer.byteLength(payload)) };
    const headers = { authorization: `Bearer ${token}`, ...length, ...call.headers };
    const sent = request(
      `${cluster.url}${path}`,
      { method, ca: cluster.caPem, headers, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            warning: response.headers['warning'],
            text,
            json: response.headers['content-type'] === 'application/json' ? parsed(text) : undefined,
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(payload);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
