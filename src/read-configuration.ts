import { clouds } from './clouds/index.ts';
import type { Environment } from './config/environment.ts';
import { type Config, loadConfig } from './config.ts';
import { digest } from './runtime/digest.ts';
import { verbs } from './verbs/index.ts';

/** `firebreak.yml` as this version reads it, with every cloud and every verb. Throws `config-invalid`. */
export const readConfiguration = (
  environment: Pick<Environment, 'FIREBREAK_CONFIG' | 'FIREBREAK_DATA_DIR'>,
): Promise<Config> =>
  loadConfig({
    path: environment.FIREBREAK_CONFIG,
    dataDir: environment.FIREBREAK_DATA_DIR,
    clouds,
    verbs,
    digest,
  });
