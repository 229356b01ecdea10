import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { S3AccessKey } from '../access/access-keys.ts';
import type { StandInS3 } from '../stand-in-s3.ts';

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the AWS CLI against the stand-in with nothing of the machine's own configuration. */
export function awsCli(
  s3: StandInS3,
  args: readonly string[],
  key: S3AccessKey = s3.accessKey,
): Promise<CliResult> {
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    ...(key.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: key.sessionToken }),
    AWS_DEFAULT_REGION: s3.region,
    AWS_CONFIG_FILE: join(import.meta.dirname, 'aws-cli.ini'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  };
  return new Promise((resolve) => {
    execFile(
      'aws',
      ['--endpoint-url', s3.endpoint.href, ...args],
      { env, maxBuffer: 16 * 1024 ** 2 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        resolve({ exitCode: typeof code === 'number' ? code : 1, stdout, stderr });
      },
    );
  });
}
