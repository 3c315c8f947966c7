import type { Host } from '../app/host/host.ts'
import { printable } from '../lib/format.ts'
import { LEVEL } from '../run/describe/describe-event.ts'
import { printFailure } from './render/print-failure.ts'
import type { Output } from './terminal/output.ts'

interface Outputs {
  readonly stdout: Output
  readonly stderr: Output
}

/** Everything of the process that the command line uses, so that tests can replace it. */
export interface CliHost extends Host, Outputs {}

/** The host of the command line with these outputs: failures and notes are written to stderr, results to stdout. */
export function cliHostOn({ stdout, stderr }: Outputs, host: Omit<Host, 'isAtTerminal' | 'fail' | 'note' | 'print'>): CliHost {
  const { env } = host
  return {
    ...host,
    stdout,
    stderr,
    isAtTerminal: stdout.isTerminal || stderr.isTerminal,
    fail: (error, place) => printFailure(error, { stderr, env }, place),
    note: (text) => stderr.write(`note: ${printable(text)}\n`),
    print: (text) => stdout.write(text),
  }
}

/** The same host, but notes are only written at this verbosity and above. */
export function withNotesFrom(host: CliHost, verbosity: number): CliHost {
  const note = (text: string) => {
    if (verbosity >= LEVEL.INFO) host.stderr.write(`note: ${printable(text)}\n`)
  }
  return { ...host, note }
}
