import { palhmArgv } from '../legacy/palhm/argv.ts'
import { AppError } from '../lib/errors.ts'
import { VERSION } from '../lib/version.ts'
import { UsageError } from './options.ts'
import type { Parsed } from './parse-command-line.ts'

class NotInThisVersion extends AppError {
  readonly code = 'cli/not-in-this-version'
}

/** Reads a command line by the rules of the name that the program was called by. Throws `UsageError`. */
export async function parseFor(invokedAs: string, argv: readonly string[]): Promise<Parsed> {
  if (argv.length === 1 && argv[0] === '--version') return { kind: 'text', text: `${VERSION}\n` }
  if (isPalhm(invokedAs)) return parsePalhm(invokedAs, argv)
  if (/^krista/iu.test(invokedAs)) {
    throw new NotInThisVersion(`the command line of "${invokedAs}" is not in this version, nothing was done`, {
      hint: 'Leave its crontab lines as they were.',
    })
  }
  const { parseCommandLine } = await import('./parse-command-line.ts')
  return parseCommandLine(argv, invokedAs)
}

/** Whether the name asks for the ancestor's command line. */
export function isPalhm(invokedAs: string): boolean {
  return /^palhm/iu.test(invokedAs)
}

function parsePalhm(invokedAs: string, argv: readonly string[]): Parsed {
  const parsed = palhmArgv(argv.length === 1 && argv[0] === '--help' ? ['help'] : argv)
  if (parsed.kind === 'usage') throw new UsageError(parsed.message, { hint: parsed.hint })
  const { command, args, quiet, verbose, file } = parsed
  return { kind: 'command', command, invocation: { args, options: {}, global: { invokedAs, quiet, verbose, ...(file !== undefined && { file }) } } }
}
