import { createHash, randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { createFileIn, namesIn, openRegularIn, renameEntry, statIn, unlinkIn } from '../../files/entries.ts'
import { flushFd } from '../../files/flush.ts'
import type { Folder } from '../../files/folder.ts'
import { linkOrCopy } from '../../files/move-entry.ts'
import { HOUR_MS } from '../../lib/durations.ts'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { queryTool } from '../../process/tool/run-tool.ts'
import { UpgradeError } from './upgrade-error.ts'

// Several times the size of an executable.
const MOST_BYTES = 1024 * 1024 * 1024

/** A complete, verified executable beside the program, under a temporary name. Its owner renames or removes it. */
export interface Draft {
  readonly name: string
  readonly version: string
}

/** Writes the data to a new file in the folder, and starts it once. Rejects if its digest differs, or if it does not print a version. */
export async function writeDraft(
  folder: Folder,
  data: Readable,
  { sha256, mode }: { readonly sha256: string; readonly mode: number },
): Promise<Draft> {
  const name = `.holdfast.${randomBytes(6).toString('hex')}`
  const file = await createFileIn(folder, name, 0o600)
  try {
    try {
      const hash = createHash('sha256')
      let bytes = 0
      for await (const chunk of data as AsyncIterable<Buffer>) {
        bytes += chunk.length
        if (bytes > MOST_BYTES) throw new UpgradeError('bad-digest', 'the executable of the release is too large')
        hash.update(chunk)
        await file.writeFile(chunk)
      }
      if (hash.digest('hex') !== sha256)
        throw new UpgradeError('bad-digest', 'the executable of the release differs from its signed digest', { hint: 'Download or copy it again.' })
      await file.chmod(mode)
      await file.sync()
    } finally {
      data.destroy()
      await file.close()
    }
    return { name, version: await versionOf(join(folder.path, name)) }
  } catch (error) {
    await unlinkIn(folder, name).catch(() => undefined)
    if (error instanceof UpgradeError) throw error
    throw new UpgradeError('unreadable', `could not copy the executable of the release to "${printable(folder.path)}": ${messageOf(error)}`, {
      cause: error,
    })
  }
}

const OLD_MS = HOUR_MS

/** Removes temporary files of upgrades that were killed. */
export async function removeOldDrafts(folder: Folder, now: Date): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!/^\.holdfast\.[0-9a-f]{12}$/u.test(name)) continue
    const found = await statIn(folder, name)
    if (found?.isFile() === true && now.getTime() - found.ctimeMs > OLD_MS) await unlinkIn(folder, name)
  }
}

/** The version of the program if it is this executable already: replaced by itself, it would be its own previous version. */
export async function versionInPlace(folder: Folder, program: string, sha256: string): Promise<string | undefined> {
  const file = await openRegularIn(folder, basename(program))
  if (file === undefined) return undefined
  const hash = createHash('sha256')
  for await (const chunk of file.createReadStream() as AsyncIterable<Buffer>) hash.update(chunk)
  return hash.digest('hex') === sha256 ? versionOf(join(folder.path, basename(program))) : undefined
}

/** Rejects if the program does not start on this host: another architecture, an older glibc. */
async function versionOf(path: string): Promise<string> {
  const { exitCode, stdout, stderr, refusal } = await queryTool([path, '--version'], { limitMs: 60_000 })
  const version = /^(?:holdfast )?(?<version>\d+\.\d+\.\d+\S*)\s*$/u.exec(stdout)?.groups?.['version']
  if (exitCode === 0 && version !== undefined) return version
  const why = refusal ?? (stderr.trim().split('\n').at(-1) || `exit code ${exitCode}`)
  throw new UpgradeError('does-not-start', `the executable does not start on this host: ${printable(why)}`, {
    hint: 'Check its architecture, and the required version of glibc.',
  })
}

/** The name under which the replaced program is kept, beside it. */
export function previousName(program: string): string {
  return `${basename(program)}.previous`
}

/** Replaces the program by the draft with one rename, and keeps it. At any moment there is a whole program under its name. */
export async function putInPlace(folder: Folder, draft: string, program: string): Promise<void> {
  const name = basename(program)
  const kept = `.holdfast.${randomBytes(6).toString('hex')}`
  await linkOrCopy({ folder, name }, { folder, name: kept })
  try {
    await renameEntry({ folder, name: kept }, { folder, name: previousName(program) })
    await renameEntry({ folder, name: draft }, { folder, name })
  } finally {
    // If both names were the same file already, rename(2) has done nothing.
    await unlinkIn(folder, kept).catch(() => undefined)
  }
  await flushFd(folder.fd)
}

/** Exchanges the program and the previous one. Resolves with the version that is in place now. */
export async function bringBack(folder: Folder, program: string): Promise<string> {
  const previous = previousName(program)
  const found = await statIn(folder, previous)
  if (found?.isFile() !== true)
    throw new UpgradeError('no-previous', `no previous version of "${printable(program)}" found`, {
      hint: `It would be "${printable(join(dirname(program), previous))}". Upgrade to an older release with --allow-older.`,
    })
  const version = await versionOf(join(folder.path, previous))
  const draft = `.holdfast.${randomBytes(6).toString('hex')}`
  await linkOrCopy({ folder, name: previous }, { folder, name: draft })
  await putInPlace(folder, draft, program)
  return version
}
