import type { Host } from '../app/host/host.ts'
import { printable } from '../lib/format.ts'
import { LEVEL } from '../run/describe/describe-event.ts'
import { tellFailure } from './render/tell-failure.ts'
import type { Output } from './terminal/output.ts'

interface Outputs {
  readonly stdout: Output
  readonly stderr: Output
}

/** Everything of the process that the command line uses, so that tests can replace it. */
export interface World extends Host, Outputs {}

/** The world with these outputs: failures and notes are written to stderr, results to stdout. */
export function worldOn({ stdout, stderr }: Outputs, host: Omit<Host, 'isAtTerminal' | 'fail' | 'note' | 'print'>): World {
  const { env } = host
  return {
    ...host,
    stdout,
    stderr,
    isAtTerminal: stdout.isTerminal || stderr.isTerminal,
    fail: (error, place) => tellFailure(error, { stderr, env }, place),
    note: (text) => stderr.write(`note: ${printable(text)}\n`),
    print: (text) => stdout.write(text),
  }
}

/** The same world, but notes are only written at this verbosity and above. */
export function withNotesFrom(world: World, verbosity: number): World {
  const note = (text: string) => {
    if (verbosity >= LEVEL.INFO) world.stderr.write(`note: ${printable(text)}\n`)
  }
  return { ...world, note }
}
