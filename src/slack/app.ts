import { App, type BlockAction, HTTPReceiver, type webApi } from '@slack/bolt';
import type { Clock } from '../core/clock.ts';
import type { ChatAccess, Directory } from '../flow/directory.ts';
import type { UseCases } from '../flow/use-cases.ts';
import { boltLogger } from './bolt-logger.ts';
import { SlackDirectory } from './directory.ts';
import { readScopes } from './read-scopes.ts';
import { receiveClick } from './receive-click.ts';
import { receiveCommand } from './receive-command.ts';
import type { SlackLogger } from './slack-logger.ts';
import { SocketConnections } from './socket-connections.ts';
import { clientOptions, createWebClient } from './web-client.ts';

export interface SlackConnectionInit {
  readonly botToken: string;
  /** Base of the Web API, ends in `/api/`. Slack's own when left out. */
  readonly apiUrl?: string;
  readonly logger: SlackLogger;
}

export interface SlackConnection {
  /** Never repeats a call and hands 429s back: for the deliverer. */
  readonly client: webApi.WebClient;
  readonly directory: Directory;
  readonly access: ChatAccess;
}

/** The way to Slack's Web API; made before the flow, which needs the directory. */
export const connectSlack = (init: SlackConnectionInit): SlackConnection => {
  const reads = createWebClient(init, 'repeat reads twice');
  return {
    client: createWebClient(init, 'never repeat'),
    directory: new SlackDirectory(reads),
    access: { scopes: () => readScopes(reads) },
  };
};

export interface SlackAppInit extends SlackConnectionInit {
  /** Checks the signature of every request in HTTP mode. */
  readonly signingSecret: string;
  /** Present: Socket Mode. Absent: HTTP on `port` at `/slack/events`. */
  readonly appToken?: string;
  readonly port: number;
  /** The address to listen on in HTTP mode; every one when left out. */
  readonly host?: string;
  readonly client: webApi.WebClient;
  readonly useCases: UseCases;
  readonly clock: Clock;
}

export interface SlackApp {
  /** Resolves when commands arrive: the port in HTTP mode. Throws `slack-unavailable` when the app token is refused. */
  start(): Promise<{ readonly mode: 'socket' } | { readonly mode: 'http'; readonly port: number }>;
  stop(): Promise<void>;
  /** Whether commands can arrive now, for `/readyz`. */
  receiving(): boolean;
}

/** Slack's commands and clicks on one side, the flow's use cases on the other. */
export const createSlackApp = (init: SlackAppInit): SlackApp => {
  const { useCases, client, logger } = init;
  const intake = init.appToken === undefined ? httpIntake(init) : socketIntake(init, init.appToken);
  const app = new App({
    receiver: intake.receiver,
    // No look-up stands between a payload and its acknowledgement, and there is one workspace.
    authorize: () => Promise.resolve({ botToken: init.botToken }),
    ignoreSelf: false,
    convoStore: false,
    logger: boltLogger(logger),
    clientOptions: clientOptions(init, 'never repeat'),
  });
  const context = { useCases, client, logger, clock: init.clock };
  app.command('/k8s', (args) => receiveCommand(args, context));
  app.action<BlockAction>({ type: 'block_actions' }, (args) => receiveClick(args, context));
  // The default hands the failure to the receiver, which would answer a command that was acknowledged already.
  app.error(async (error) => logger.error({ err: error }, 'A payload from Slack could not be handled.'));
  return intake;
};

type Intake = SlackApp & { readonly receiver: SocketConnections | HTTPReceiver };

const socketIntake = (init: SlackAppInit, appToken: string): Intake => {
  const receiver = new SocketConnections({
    appToken,
    clientOptions: clientOptions(init, 'never repeat'),
    clock: init.clock,
    logger: init.logger,
  });
  return {
    receiver,
    receiving: () => receiver.open > 0,
    stop: () => receiver.stop(),
    start: async () => {
      await receiver.start();
      return { mode: 'socket' };
    },
  };
};

const httpIntake = (init: SlackAppInit): Intake => {
  const receiver = new HTTPReceiver({ signingSecret: init.signingSecret, logger: boltLogger(init.logger) });
  let listening = false;
  return {
    receiver,
    receiving: () => listening,
    stop: async () => {
      if (!listening) return;
      listening = false;
      await receiver.stop();
    },
    start: async () => {
      const server = await receiver.start({
        port: init.port,
        ...(init.host === undefined ? {} : { host: init.host }),
      });
      listening = true;
      const address = server.address();
      return {
        mode: 'http',
        port: typeof address === 'object' && address !== null ? address.port : init.port,
      };
    },
  };
};
