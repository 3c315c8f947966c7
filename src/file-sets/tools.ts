import type { AcceptedCodes, Command } from '../plan/command.ts'

/** A program of the base system, its messages in English. */
export function tool(argv: readonly [string, ...string[]], accept: AcceptedCodes = { min: 0, max: 0 }, workingFolder?: string): Command {
  return {
    argv,
    environment: { kind: 'exactly', values: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } },
    searchPath: ['/usr/bin', '/bin'],
    accept,
    // Shown is only what we make of it.
    showStdout: 'never',
    showStderr: 'verbose',
    ...(workingFolder !== undefined && { workingFolder }),
  }
}
