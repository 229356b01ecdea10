/** The last frame of an exec, on channel 3. The shapes are those of Kubernetes 1.36; v4 and v5 differ in one sentence. */
export const EXEC_PROTOCOLS = ['v5', 'v4'] as const;
export type ExecProtocol = (typeof EXEC_PROTOCOLS)[number];

const success = { metadata: {}, status: 'Success' } as const;

function nonZero(protocol: ExecProtocol, command: readonly string[], exitCode: number) {
  const detail =
    protocol === 'v5'
      ? `command terminated with exit code ${exitCode}`
      : `error executing command [${command.join(' ')}], exit code ${exitCode}`;
  return {
    ...{ metadata: {}, status: 'Failure', message: `command terminated with non-zero exit code: ${detail}` },
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  } as const;
}

export const exitStatus = (protocol: ExecProtocol, command: readonly string[], exitCode: number) =>
  exitCode === 0 ? success : nonZero(protocol, command, exitCode);

/** The program never ran. `why` is the runtime's reason. */
export function notStartedStatus(execId: string, why: string) {
  const cause =
    'Internal error occurred: error executing command in container: failed to exec in container: ' +
    `failed to start exec "${execId}": OCI runtime exec failed: exec failed: unable to start container process: ${why}`;
  return {
    ...{
      metadata: {},
      status: 'Failure',
      message: `Internal error occurred: ${cause}`,
      reason: 'InternalError',
    },
    ...{ details: { causes: [{ message: cause }] }, code: 500 },
  } as const;
}
