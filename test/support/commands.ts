import type { AcceptedCodes, Command } from '../../src/plan/command.ts'

/** A command as a plan would hold it: environment empty, exit code 0 accepted, unless told otherwise. */
export function command(argv: readonly [string, ...string[]], options: Partial<Omit<Command, 'argv'>> = {}): Command {
  return {
    argv,
    environment: { kind: 'exactly', values: {} },
    searchPath: ['/bin', '/usr/bin'],
    accept: { min: 0, max: 0 },
    showStdout: 'never',
    showStderr: 'never',
    ...options,
  }
}

/** `/bin/sh -c SCRIPT`. */
export function shell(script: string, accept: AcceptedCodes = { min: 0, max: 0 }): Command {
  return command(['/bin/sh', '-c', script], { accept })
}
