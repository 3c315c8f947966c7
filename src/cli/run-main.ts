import { ConfigError } from '../config/config-error.ts'
import { renderIssues } from '../config/render-issues.ts'
import { asAppError } from '../run/run-error.ts'
import { type Exit, exitWith } from './exit.ts'
import { type Invocation, UsageError } from './options.ts'
import { type CommandRunner, RUNNERS } from './runners.ts'
import { tellFailure } from './tell-failure.ts'
import type { World } from './world.ts'

/**
 * The whole program but its process: from the arguments to how it shall end. Never throws. `--invoked-as=NAME` as the first argument tells
 * the name that the program was called by, which decides the dialect of the command line.
 */
export async function runMain(argv: readonly string[], world: World): Promise<Exit> {
  try {
    const { invokedAs, rest } = splitName(argv)
    const command = await readCommandLine(rest, invokedAs, world)
    if (command === undefined) return checkedExit(exitWith('ok'), world)
    const exit = await command.runner(command.invocation, world)
    return command.keepsExit ? exit : checkedExit(exit, world)
  } catch (error) {
    return reportError(error, world)
  }
}

function splitName(argv: readonly string[]): { readonly invokedAs: string; readonly rest: readonly string[] } {
  const name = /^--invoked-as=(?<name>.+)$/u.exec(argv[0] ?? '')?.groups?.['name']
  return name === undefined ? { invokedAs: 'holdfast', rest: argv } : { invokedAs: name, rest: argv.slice(1) }
}

interface Chosen {
  readonly runner: CommandRunner
  readonly invocation: Invocation
  /** How a run ended is told by its exit code, whoever could not be told the events. */
  readonly keepsExit: boolean
}

// Undefined: a text was asked for and printed.
async function readCommandLine(argv: readonly string[], invokedAs: string, { stdout }: World): Promise<Chosen | undefined> {
  const { parseFor } = await import('./dialects.ts')
  const parsed = await parseFor(invokedAs, argv)
  if (parsed.kind === 'text') {
    stdout.write(parsed.text)
    return undefined
  }
  const { command, invocation } = parsed
  return { runner: await RUNNERS[command](), invocation, keepsExit: command === 'run' }
}

// What was asked for did not reach its file: that is no success.
function checkedExit(exit: Exit, { stdout, stderr }: World): Exit {
  const trouble = stdout.trouble()
  if (trouble === undefined || exit.code !== 0) return exit
  stderr.write(`error: could not write to the standard output (${trouble})\n`)
  return exitWith('failed')
}

function reportError(error: unknown, world: World): Exit {
  // A configuration is told with everything wrong in it, each with its place, so that one look is enough.
  if (error instanceof ConfigError) world.stderr.write(renderIssues(error.issues.filter(({ severity }) => severity === 'error')))
  else tellFailure(asAppError(error), world)
  return exitWith(error instanceof UsageError ? 'misused' : 'failed')
}
