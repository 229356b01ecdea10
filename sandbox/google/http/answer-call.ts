import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GoogleClock } from '../clock.ts';
import type { GoogleAnswer, GoogleCall, GoogleService } from './google-call.ts';
import { apiError } from './google-errors.ts';
import type { GoogleFault } from './google-faults.ts';

export interface AnswerInit {
  readonly clock: GoogleClock;
  readonly fault: (action: string) => GoogleFault | undefined;
  readonly record: (action: string, call: GoogleCall) => void;
}

/** Answers one call by its service, or as a fault says. Every answer carries the stand-in's own time as its Date. */
export const answerCall = async (
  service: GoogleService,
  call: GoogleCall,
  response: ServerResponse,
  { clock, fault: faultOf, record }: AnswerInit,
): Promise<void> => {
  const action = service.actionOf(call);
  record(action, call);
  const fault = faultOf(action);
  const answer = (): GoogleAnswer => {
    switch (fault?.kind) {
      case 'throttle':
        return apiError('RESOURCE_EXHAUSTED', 'Quota exceeded.', 'RATE_LIMIT_EXCEEDED');
      case 'server error':
        // What a careless server would say: nobody may pass it on.
        return apiError(
          'INTERNAL',
          `Internal error at ${String(call.headers['authorization'])} ${call.body}`,
        );
      case 'service disabled':
        return apiError(
          'PERMISSION_DENIED',
          'API has not been used in project 123456789012 before or it is disabled.',
          'SERVICE_DISABLED',
        );
      case 'outside the perimeter':
        return apiError(
          'PERMISSION_DENIED',
          "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x",
          'SECURITY_POLICY_VIOLATED',
        );
      case 'foreign answer':
        return { status: 200, body: '<html>Sign in to the network</html>' };
      case 'delay':
      case 'hang':
      case 'drop connection':
      case undefined:
        return service.answer(call);
    }
  };
  if (fault?.kind === 'drop connection') {
    response.socket?.destroy();
    return;
  }
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'delay') await sleep(fault.ms);
  const { status, headers, body } = answer();
  const isText = typeof body === 'string';
  const bytes = Buffer.from(isText ? body : JSON.stringify(body));
  response.sendDate = false;
  response.writeHead(status, {
    'content-type': isText ? 'application/text' : 'application/json; charset=UTF-8',
    'content-length': bytes.length,
    date: clock.now().toUTCString(),
    ...headers,
  });
  response.end(bytes);
};
