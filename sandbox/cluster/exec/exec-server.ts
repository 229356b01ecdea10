import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type Answer, empty, refusal, text } from '../api/answer.ts';
import { chooseContainer } from '../api/choose-container.ts';
import type { Fault } from '../api/faults.ts';
import type { Pod } from '../api/pod.ts';
import { badRequest } from '../api/status.ts';
import type { Kubelet } from '../pods/kubelet.ts';
import { containerOf } from '../pods/pod-record.ts';
import { serveExec } from './exec-session.ts';
import { EXEC_PROTOCOLS, type ExecProtocol } from './exec-status.ts';

export interface ExecUpgrade {
  readonly pod: Pod;
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly faults: readonly Fault[];
}

type Refusal = Exclude<Answer, { kind: 'stream' }>;

/** golang.org/x/net/websocket's limit of one frame: DefaultMaxPayloadBytes. */
const MAX_FRAME_BYTES = 32 * 2 ** 20;
const protocolName = (protocol: ExecProtocol) => `${protocol}.channel.k8s.io`;

/** Exec over WebSocket, from the upgrade on. */
export class ExecServer {
  readonly #kubelet: Kubelet;
  readonly #protocols: readonly ExecProtocol[];
  readonly #limits: readonly Fault[];
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
  });

  constructor(kubelet: Kubelet, protocols: readonly ExecProtocol[], bytesPerSecond: number | undefined) {
    this.#kubelet = kubelet;
    this.#limits = bytesPerSecond === undefined ? [] : [{ kind: 'exec rate', bytesPerSecond }];
    this.#protocols = EXEC_PROTOCOLS.filter((one) => protocols.includes(one));
    this.#sockets.options.handleProtocols = (offered) => {
      const protocol = this.#choose([...offered]);
      return protocol === undefined ? false : protocolName(protocol);
    };
  }

  /** The client's order decides: k8s.io/streaming, httpstream/wsstream/conn.go, handshake. */
  #choose(offered: readonly string[]): ExecProtocol | undefined {
    return offered
      .map((name) => this.#protocols.find((one) => protocolName(one) === name))
      .find((one) => one !== undefined);
  }

  /** Upgrades the connection and serves it, or says how to refuse it: API server first, then kubelet, then runtime. */
  accept({ pod, url, request, socket, head, faults }: ExecUpgrade): Refusal | undefined {
    const { searchParams: query } = url;
    const isOn = (name: string) => ['true', '1'].includes(query.get(name) ?? '');
    const container = chooseContainer(pod, query.get('container') ?? '');
    if (typeof container !== 'string') return asRefusal(refusal(container));
    if (pod.spec.nodeName === undefined) {
      return asRefusal(refusal(badRequest(`pod ${pod.metadata.name} does not have a host assigned`)));
    }
    const streams = { stdin: isOn('stdin'), stdout: isOn('stdout'), stderr: isOn('stderr') && !isOn('tty') };
    if (!streams.stdin && !streams.stdout && !streams.stderr) {
      return asRefusal(text('you must specify at least 1 of stdin, stdout, stderr', 400));
    }
    const { namespace, name } = pod.metadata;
    const record = containerOf(this.#kubelet.find(namespace, name), container);
    if (record?.state.kind !== 'running') return asRefusal(text(`container not found ("${container}")`, 500));
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    const protocol = this.#choose(offered);
    if (protocol === undefined) return asRefusal(empty(403));
    this.#sockets.handleUpgrade(request, socket, head, (ws) => {
      void serveExec(ws, {
        ...{
          protocol,
          streams,
          faults: [...faults, ...this.#limits],
          tty: isOn('tty'),
          command: query.getAll('command'),
        },
        ...{ machine: this.#kubelet.machine, container: record.container },
      });
    });
    return undefined;
  }
}

function asRefusal(answer: Answer): Refusal {
  if (answer.kind === 'stream') throw new Error('a refusal is never a stream');
  return answer;
}
