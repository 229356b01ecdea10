import { type AwsCredentials, keptCredentials } from './aws-credentials.ts';
import { type AwsRole, assumeRole } from './aws-role.ts';
import type { AwsSurroundings } from './aws-surroundings.ts';

/** Credentials of a role that is assumed with those of `base`. What was refused is asked for again from the ground up. */
export const awsRoleCredentials = (
  base: AwsCredentials,
  role: AwsRole,
  surroundings: Pick<AwsSurroundings, 'clock'>,
): AwsCredentials => {
  const { place, handler } = base;
  const credentials = keptCredentials({ clock: surroundings.clock, place, handler }, async () => {
    const own = await base.provide();
    const source = base.source() ?? 'the configuration';
    const context = { place, handler: await handler(), surroundings, source };
    return { identity: await assumeRole(own, role, context), source: `the role ${role.arn}, by ${source}` };
  });
  return {
    ...credentials,
    forget: () => {
      credentials.forget();
      base.forget();
    },
  };
};
