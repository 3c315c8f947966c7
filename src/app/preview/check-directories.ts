import { basename } from 'node:path/posix'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { Command } from '../../plan/command.ts'
import type { PipelineCall, Processes } from '../../process/processes.ts'
import { asAppError } from '../../run/run-error.ts'
import { type Finding, failing, ofFailure } from './finding.ts'

interface DirectoryDeps {
  readonly processes: Processes
  readonly call: PipelineCall
}

// The database of the configuration itself is in every configuration, without a suffix of its own.
const CONFIGURATION = /^\s*cn\s*=\s*config\s*$/iu

/** Configurations of slapd that slapcat cannot read, and suffixes that are not in them. Only the configuration is read. */
export async function checkDirectories(commands: readonly Command[], deps: DirectoryDeps): Promise<readonly Finding[]> {
  const dumps = commands.filter(({ argv: [program] }) => basename(program) === 'slapcat')
  const different = new Map(dumps.map((it) => [JSON.stringify([it.argv, it.user]), it]))
  const found = await Promise.all([...different.values()].map((command) => checkDirectory(command, deps)))
  return found.filter((it) => it !== undefined)
}

async function checkDirectory(command: Command, { processes, call }: DirectoryDeps): Promise<Finding | undefined> {
  const { argv } = command
  const [program] = argv
  const suffix = operandOf(argv, '-b')
  const configuration = ['-F', '-f'].flatMap((option) => optional(option, operandOf(argv, option)))
  const filter = suffix === undefined || CONFIGURATION.test(suffix) ? '(objectClass=olcGlobal)' : `(olcSuffix=${escaped(suffix)})`
  const question: Command = { ...command, argv: [program, ...configuration, '-n', '0', '-a', filter], extras: [], showStderr: 'never' }
  try {
    const { output, done } = await processes.startPipeline([question], { kind: 'stream' }, call)
    const chunks = await output.toArray().catch(() => [])
    await done
    if (suffix === undefined || Buffer.concat(chunks).length > 0) return undefined
    return failing(`the configuration of slapd has no database with the suffix "${printable(suffix)}"`)
  } catch (error) {
    return ofFailure('configuration of slapd', failing(`could not read the configuration of slapd: ${messageOf(asAppError(error))}`), call.signal)
  }
}

function operandOf(argv: readonly string[], option: string): string | undefined {
  const at = argv.indexOf(option)
  return at === -1 ? undefined : argv[at + 1]
}

function optional(option: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [option, value]
}

/** In a filter (RFC 4515). */
function escaped(text: string): string {
  return text.replaceAll(/[\\*()\0]/gu, (it) => `\\${it.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
