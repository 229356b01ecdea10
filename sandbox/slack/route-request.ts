import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultPlan } from './faults.ts';
import { isJsonObject, type JsonObject, parseJson } from './json.ts';
import { readBody } from './read-arguments.ts';
import type { ResponseUrls } from './response-urls.ts';
import { SlackError } from './slack-error.ts';
import type { WebApi } from './web-api.ts';

interface Routes {
  readonly api: WebApi;
  readonly responses: ResponseUrls;
  readonly faults: FaultPlan;
  readonly log: (method: string, args: JsonObject) => (status: number, outcome: string) => void;
}

const GONE: readonly string[] = ['expired_url', 'used_url', 'no_service'];

/** Answers one HTTP request: `/api/<method>` or a response_url. */
export async function routeRequest(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  try {
    if (url.pathname.startsWith('/api/')) await routes.api.handle(request, response, url);
    else if (url.pathname.startsWith('/response/')) await useResponseUrl(request, response, url, routes);
    else response.writeHead(404).end();
  } catch (error) {
    // The other side went away, or the stand-in is being closed.
    if (request.socket.destroyed) return;
    // A fault of the stand-in itself must be told apart from a fault that it plays.
    response.destroy(error instanceof Error ? error : new Error(String(error)));
    process.emitWarning(`the stand-in Slack failed on ${url.pathname}: ${String(error)}`);
  }
}

async function useResponseUrl(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { responses, faults, log }: Routes,
): Promise<void> {
  const parsed = parseJson(await readBody(request));
  const message = isJsonObject(parsed) ? parsed : {};
  const done = log('response_url', message);
  const fault = faults.take('response_url');
  if (fault?.kind === 'server error') {
    done(500, 'fault: server error');
    response.writeHead(500).end();
    return;
  }
  if (fault?.kind === 'hang') await faults.released;
  try {
    await responses.use(url.pathname.slice('/response/'.length), message);
    if (fault?.kind === 'lose answer') {
      done(0, 'fault: answer lost');
      response.destroy();
      return;
    }
    done(200, 'ok');
    response.writeHead(200, { 'content-type': 'text/html' }).end('ok');
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    const status = GONE.includes(error.code) ? 404 : 400;
    done(status, error.code);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(error.answer));
  }
}
