import { ALLOW_UNSAFE } from '../../app/host/trusted-reader.ts'
import { UsageError } from '../../app/usage-error.ts'
import { kristaArgv, palhmArgv, renderKristaHelp } from '../../config/ancestors.ts'
import { VERSION } from '../../lib/assets.ts'
import type { Parsed } from './parse-command-line.ts'

/** Parses a command line by the rules of the name by which the program was called. Throws `UsageError`. */
export async function parseFor(invokedAs: string, argv: readonly string[]): Promise<Parsed> {
  if (argv.length === 1 && argv[0] === '--version' && !isKrista(invokedAs)) return versionText
  // The ancestors have no such option; in their command lines, it can be in any position.
  const words = argv.filter((word) => word !== ALLOW_UNSAFE)
  const allows = words.length < argv.length
  if (isPalhm(invokedAs)) return allowing(parsePalhm(invokedAs, words), allows)
  const parsed = isKrista(invokedAs) ? parseKrista(invokedAs, words) : undefined
  if (parsed) return allowing(parsed, allows)
  const { parseCommandLine } = await import('./parse-command-line.ts')
  return parseCommandLine(argv, invokedAs)
}

function allowing(parsed: Parsed, allowsUnsafe: boolean): Parsed {
  if (parsed.kind === 'text' || !allowsUnsafe) return parsed
  const { invocation } = parsed
  return { ...parsed, invocation: { ...invocation, global: { ...invocation.global, allowsUnsafe } } }
}

/** Whether the name selects PALHM's command line. */
export function isPalhm(invokedAs: string): boolean {
  return /^palhm/iu.test(invokedAs)
}

/** Whether the name selects KristaBackup's command line. */
function isKrista(invokedAs: string): boolean {
  return /^krista/iu.test(invokedAs)
}

// Installers and inventory tools use it.
const REPLACED_VERSION = '1.7'

const versionText: Parsed = { kind: 'text', text: `${VERSION}\n` }

/** Undefined for commands that only Holdfast has. */
function parseKrista(invokedAs: string, argv: readonly string[]): Parsed | undefined {
  const parsed = kristaArgv(argv)
  switch (parsed.kind) {
    case 'other':
      return undefined
    case 'usage':
      throw new UsageError(parsed.message, { hint: parsed.hint })
    case 'version':
      return { kind: 'text', text: `KristaBackup.py ${REPLACED_VERSION} (Holdfast ${VERSION})\n` }
    case 'help':
      return { kind: 'text', text: renderKristaHelp(invokedAs, parsed.command) }
    default: {
      const { args, quiet, verbose, file, flags } = parsed
      const global = { invokedAs, quiet, verbose: verbose ? 1 : 0, ...(file !== undefined && { file }) }
      const options = Object.fromEntries(flags.map((it) => [it, true]))
      return { kind: 'command', command: parsed.command, invocation: { args, options, global } }
    }
  }
}

function parsePalhm(invokedAs: string, argv: readonly string[]): Parsed {
  const parsed = palhmArgv(argv.length === 1 && argv[0] === '--help' ? ['help'] : argv)
  if (parsed.kind === 'usage') throw new UsageError(parsed.message, { hint: parsed.hint })
  const { command, args, quiet, verbose, file } = parsed
  return { kind: 'command', command, invocation: { args, options: {}, global: { invokedAs, quiet, verbose, ...(file !== undefined && { file }) } } }
}
