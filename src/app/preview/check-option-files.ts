import { basename } from 'node:path/posix'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { Command } from '../../plan/command.ts'
import type { PipelineCall, Processes } from '../../process/processes.ts'
import { type Finding, ofFailure, warning } from './finding.ts'

export interface OptionFileDeps {
  readonly processes: Processes
  readonly call: PipelineCall
}

/**
 * Option files that the clients of MariaDB and MySQL ignore without an error because they cannot be read: then it cannot be determined as whom, and to which
 * server, a run connects. Read as the user of the command.
 */
export async function checkOptionFiles(commands: readonly Command[], deps: OptionFileDeps): Promise<readonly Finding[]> {
  const clients = commands.filter(({ argv }) => /^(?:mariadb|mysql)/u.test(basename(argv[0])))
  const found = clients.flatMap((command) => firstFiles(command).map((file) => ({ command, file })))
  const different = new Map(found.map((it) => [JSON.stringify([it.file, it.command.user, it.command.workingFolder]), it]))
  const findings: Finding[] = []
  for (const { command, file } of different.values()) {
    try {
      findings.push(...(await checkFile(file, { command, seen: new Set(), ...deps })))
    } catch (error) {
      const name = `the option file "${printable(file.path)}" and those that it includes`
      findings.push(ofFailure(name, warning(`could not read ${name}: ${messageOf(error)}`), deps.call.signal))
    }
  }
  return findings
}

interface OptionFile {
  readonly path: string
  /** The file that includes it, or its folder. */
  readonly includedBy?: string
  /** It is not an error if it is missing, for the client and here. */
  readonly mayBeMissing?: boolean
}

/** Those that a command reads: the client fails itself without the file of `--defaults-file`. */
function firstFiles({ argv, extras = [], environment }: Command): readonly OptionFile[] {
  const [, first = ''] = argv
  const [, option, path = ''] = /^--(defaults-file|defaults-extra-file)=(.*)$/su.exec(first) ?? []
  const named = path === '' || path.startsWith('/dev/fd/') ? [] : [{ path, mayBeMissing: true }]
  const texts = extras.flatMap((extra) => (extra.kind === 'secret-file' ? extra.parts.filter((it) => typeof it === 'string') : []))
  const inSecret = texts.flatMap((text) => includesIn(text)).map(({ path: it }) => ({ path: it, includedBy: 'the configuration' }))
  const { HOME: home } = environment.values
  const usual = ['/etc/my.cnf', '/etc/mysql/my.cnf', ...(typeof home === 'string' ? [`${home}/.my.cnf`] : [])]
  const isAlone = option === 'defaults-file' || first === '--no-defaults'
  return [...named, ...inSecret, ...(isAlone ? [] : usual.map((it) => ({ path: it, mayBeMissing: true })))]
}

interface FileContext extends OptionFileDeps {
  readonly command: Command
  readonly seen: Set<string>
}

/** Of the file and those that it includes. */
async function checkFile({ path, includedBy, mayBeMissing = false }: OptionFile, context: FileContext): Promise<readonly Finding[]> {
  const { seen } = context
  if (seen.has(path)) return []
  seen.add(path)
  const { exitCode, text } = await readAsUser(READ_FILE, path, context)
  if (exitCode !== 0) {
    if (exitCode === MISSING && mayBeMissing) return []
    const why = exitCode === MISSING ? 'is missing' : 'cannot be read'
    const origin = includedBy === undefined ? '' : `, which is included by ${includedBy},`
    return [warning(`the option file "${printable(path)}"${origin} ${why}, and the client ignores it: the login of a run cannot be determined`)]
  }
  const findings: Finding[] = []
  for (const file of await includedFiles(text, context))
    findings.push(...(await checkFile({ path: file, includedBy: `"${printable(path)}"` }, context)))
  return findings
}

/** Without access to a folder that it includes, the client fails itself. */
async function includedFiles(text: string, context: FileContext): Promise<readonly string[]> {
  const files = await Promise.all(includesIn(text).map(async ({ path, isFolder }) => (isFolder ? filesIn(path, context) : [path])))
  return files.flat()
}

interface Include {
  readonly path: string
  readonly isFolder: boolean
}

function includesIn(text: string): readonly Include[] {
  return [...text.matchAll(/^[^\S\n]*![^\S\n]*(?<word>include|includedir)[^\S\n]+(?<path>\S[^\n]*?)[^\S\n]*$/gmu)].map(({ groups }) => ({
    path: groups?.['path'] ?? '',
    isFolder: groups?.['word'] === 'includedir',
  }))
}

async function filesIn(folder: string, context: FileContext): Promise<readonly string[]> {
  const { exitCode, text } = await readAsUser(LIST_FILES, folder, context)
  return exitCode === 0 ? text.split('\0').filter((it) => it !== '') : []
}

const MISSING = 4
const READ_FILE = `[ -e "$1" ] || exit ${MISSING}; exec cat -- "$1"`
const LIST_FILES = 'ls -- "$1" >/dev/null && for file in "$1"/*.cnf; do [ ! -e "$file" ] || printf "%s\\0" "$file"; done'

async function readAsUser(
  script: string,
  path: string,
  { command, processes, call }: FileContext,
): Promise<{ readonly exitCode: number | undefined; readonly text: string }> {
  const argv = ['/bin/sh', '-c', script, 'sh', path] as const
  const reading = { ...command, argv, accept: { min: 0, max: 255 }, extras: [], showStderr: 'never' as const }
  const { output, done } = await processes.startPipeline([reading], { kind: 'stream' }, call)
  const chunks = await output.toArray().catch(() => [])
  const { stages } = await done
  return { exitCode: stages[0]?.exitCode, text: Buffer.concat(chunks).toString('utf8') }
}
