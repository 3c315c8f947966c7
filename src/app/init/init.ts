import { createHash } from 'node:crypto'
import { type Stats, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { statIn } from '../../files/entries.ts'
import { openFolder, withFolder } from '../../files/folder.ts'
import { makeFolders } from '../../files/make-folders.ts'
import { linkOrCopy } from '../../files/move-entry.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { queryTool } from '../../process/tool/run-tool.ts'
import { neverOccurs } from '../../schedule/never-occurs.ts'
import { storageErrorOf } from '../../storage/system-errors.ts'
import type { Host } from '../host/host.ts'
import { fileExists } from '../host/load-plan.ts'
import { schemaFile } from '../host/schema-file.ts'
import { UsageError } from '../usage-error.ts'
import { containerComments, findDatabases } from './find-databases.ts'
import { findFiles } from './find-files.ts'
import { hasTool } from './list-folders.ts'
import { type Choices, renderConfig } from './render-config.ts'

class InitError extends AppError {
  readonly code = 'cli/config-exists'
}

/** What is chosen if the user does not choose. Hosts run at different minutes, because many of them may use the same storage or network. */
export function defaultChoices(): Choices {
  const minute = createHash('sha256').update(hostname()).digest().readUInt16BE() % 60
  return { root: '/var/backups/holdfast', schedule: `${minute} 2 * * *` }
}

/** Throws `UsageError` for a choice with which no backup would be made, or that cannot be written in a configuration. */
export function checkChoices({ root, schedule, mail }: Choices, now: Date): void {
  if (!isAbsolute(root) || root.includes('${')) throw new UsageError(`invalid folder "${printable(root)}"`, { hint: 'Write an absolute path.' })
  const file = fileOn(root)
  if (file !== undefined)
    throw new UsageError(`invalid folder "${printable(root)}": "${printable(file)}" is not a folder`, { hint: 'Write another path.' })
  if (neverOccurs({ words: [schedule] }, now))
    throw new UsageError(`invalid schedule "${printable(schedule)}": it never occurs`, {
      hint: 'Use "30 2 * * *" for every night at 02:30, or "Mon..Fri 02:30".',
    })
  if (mail !== undefined && !/^[^\s"'<>,@]+(?:@[^\s"'<>,@]+)?$/u.test(mail))
    throw new UsageError(`invalid address "${printable(mail)}"`, { hint: 'Write one address, such as ops@example.org.' })
}

/** The path, or the one above it, that exists and is not a folder. */
function fileOn(path: string): string | undefined {
  const found = infoOf(path)
  if (found !== undefined) return found.isDirectory() ? undefined : path
  return dirname(path) === path ? undefined : fileOn(dirname(path))
}

function infoOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    // Below a file, or in a folder that this user cannot enter, which is reported by the check of the configuration.
    return undefined
  }
}

/** A configuration for the data found on this host. Nothing is changed. */
export async function generateConfig(choices: Choices, { signals }: Pick<Host, 'signals'>): Promise<string> {
  const sources = [...(await findFiles()), ...(await findDatabases(signals.stop))]
  const schema = await schemaFile()
  return renderConfig({
    ...choices,
    sources,
    suggestions: containerComments(await containers()),
    host: hostname(),
    yielding: new Set(['nice', 'ionice'].filter(hasTool)),
    ...(!hasTool('zstd') && { compress: 'gzip' }),
    ...(schema !== undefined && { schema }),
  })
}

/** Writes a configuration, readable only by this user. An existing one is refused, or kept under another name, with which it resolves. */
export async function writeConfig(
  file: string,
  text: string,
  { replaces, now }: { readonly replaces: boolean; readonly now: Date },
): Promise<string | undefined> {
  await refuseExisting(file, replaces)
  try {
    await makeFolders(dirname(file), 0o755)
    return await writeIn(file, text, now)
  } catch (error) {
    throw storageErrorOf(error, 'write the configuration', file)
  }
}

/** Resolves with the path at which the previous file is kept. */
function writeIn(file: string, text: string, now: Date): Promise<string | undefined> {
  return withFolder(openFolder(dirname(file)), async (folder) => {
    const name = basename(file)
    const hasOld = (await statIn(folder, name)) !== undefined
    const old = `${name}.${now.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z.old`
    if (hasOld) await linkOrCopy({ folder, name }, { folder, name: old })
    await replaceFileIn(folder, name, text, { mode: 0o600, isDurable: true })
    return hasOld ? join(dirname(file), old) : undefined
  })
}

/** Rejects with `cli/config-exists` if there is a folder, or a file that is not to be replaced. */
export async function refuseExisting(file: string, replaces: boolean): Promise<void> {
  if (infoOf(file)?.isDirectory() === true)
    throw new InitError(`could not write the configuration "${printable(file)}": is a folder`, { hint: 'Specify a file with -f.' })
  const other = fileOn(dirname(file))
  if (other !== undefined)
    throw new InitError(`could not write the configuration "${printable(file)}": "${printable(other)}" is not a folder`, {
      hint: 'Specify another file with -f.',
    })
  if (replaces || !(await fileExists(file))) return
  throw new InitError(`the configuration "${printable(file)}" already exists`, {
    hint: 'Print a new one with "config generate", write it to another file with -f, or replace this one with --overwrite, which keeps it under another name.',
  })
}

async function containers(): Promise<readonly { readonly name: string; readonly image: string }[]> {
  if (!hasTool('docker')) return []
  const { exitCode, stdout } = await queryTool(['docker', 'ps', '--format', '{{.Names}}\t{{.Image}}'], { limitMs: 5000 })
  if (exitCode !== 0) return []
  return stdout.split('\n').flatMap((line) => {
    const [name = '', image = ''] = line.split('\t')
    return name === '' ? [] : [{ name, image }]
  })
}
