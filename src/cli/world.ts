import type { Host } from '../app/host/host.ts'
import { printable } from '../lib/format.ts'
import { LEVEL } from '../run/describe/describe-event.ts'
import { tellFailure } from './render/tell-failure.ts'
import type { Output } from './terminal/output.ts'

interface Outputs {
  readonly stdout: Output
  readonly stderr: Output
}

/** Everything of the process that the command line touches, so that tests can give another one. */
export interface World extends Host, Outputs {}

/** The world over these outputs: failures and notes go to stderr, what was asked for to stdout. */
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

/** The world as it is, but for notes, which are written from that verbosity on that notes have. */
export function withNotesFrom(world: World, verbosity: number): World {
  const note = (text: string) => {
    if (verbosity >= LEVEL.INFO) world.stderr.write(`note: ${printable(text)}\n`)
  }
  return { ...world, note }
}
