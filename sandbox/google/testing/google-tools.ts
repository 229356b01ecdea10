import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Internet } from '../../internet/internet.ts';

const run = promisify(execFile);

/** Google's own programs, led to the internet of a test, with no settings of whoever runs it. */
export interface GoogleTools extends AsyncDisposable {
  readonly folder: string;
  /** What a program writes, or the words that it ends with. */
  run(program: string, args: readonly string[], more?: Readonly<Record<string, string>>): Promise<string>;
  /** Writes a file below the folder; returns its path. */
  file(name: string, text: string): Promise<string>;
}

/** Why a program of Google's can't judge here; undefined where it can. */
export const whyNot = (program: string): Promise<string | undefined> =>
  run(program, ['--version']).then(
    () => undefined,
    () => `${program} is not installed here, so it does not judge the stand-in.`,
  );

export const googleTools = async (internet: Internet, metadataHost: string): Promise<GoogleTools> => {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-gcloud-'));
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const caFile = await file('internet.pem', internet.caPem);
  const proxy = new URL(internet.proxyUrl);
  const variables = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GCE_METADATA_HOST: metadataHost,
    // gcloud, in Python.
    CLOUDSDK_CONFIG: join(folder, 'gcloud'),
    CLOUDSDK_PROXY_TYPE: 'http',
    CLOUDSDK_PROXY_ADDRESS: proxy.hostname,
    CLOUDSDK_PROXY_PORT: proxy.port,
    CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: caFile,
    CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
    CLOUDSDK_CORE_DISABLE_PROMPTS: 'true',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
    // The plugin, in Go.
    HTTPS_PROXY: internet.proxyUrl,
    NO_PROXY: '127.0.0.1,localhost',
    SSL_CERT_FILE: caFile,
  };
  return {
    folder,
    file,
    run: async (program, args, more) => {
      try {
        const { stdout } = await run(program, [...args], { env: { ...variables, ...more } });
        return stdout.trim();
      } catch (error) {
        return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};
