import { randomUUID } from 'node:crypto'
import { chmod, lstat, mkdir, readdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolders } from '../files/make-folders.ts'
import { systemCode } from '../lib/errors.ts'
import { bootId, processStart } from '../process/host.ts'
import { isAlive, type ProcessName } from '../storage/is-alive.ts'
import { naming, quoted } from '../storage/system-errors.ts'
import { isAbsent, removeTree, walkTree } from '../storage/tree.ts'

const PREFIX = '.holdfast-restore-'

/** A hidden folder in the destination in which everything is built before anything is put in place; on one file system, so that a rename puts it there. */
export interface Staging {
  /** Where the object of that number is built; its folder is there. */
  at(index: number): string
  /** Renames what was built to its targets, all or none of it. What is replaced stays until all is in place. */
  place(targets: readonly { readonly index: number; readonly target: string }[]): Promise<void>
  /** Removes what is left. Folders made for the destination go too where nothing was placed in them. */
  remove(): Promise<void>
}

/** Makes the destination (0700) when it is missing, and removes what dead restores left in it. */
export async function openStaging(destination: string): Promise<Staging> {
  const made = await naming('make the folder', destination, () => makeFolders(destination, 0o700))
  await sweep(destination)
  const folder = join(destination, `${PREFIX}${randomUUID()}`)
  await naming('make the folder', folder, () => mkdir(folder, { mode: 0o700 }))
  const owner: ProcessName = { boot: bootId(), pid: process.pid, start: processStart(process.pid) }
  await writeFile(join(folder, 'owner.json'), JSON.stringify(owner), { mode: 0o600 })
  return {
    at: (index) => join(folder, String(index)),
    place: (targets) => placeAll({ destination, folder }, targets),
    async remove() {
      await removeTree(folder)
      if (made !== undefined) await removeEmpty(destination, dirname(made))
    },
  }
}

interface Places {
  readonly destination: string
  readonly folder: string
}

async function placeAll({ destination, folder }: Places, targets: readonly { readonly index: number; readonly target: string }[]): Promise<void> {
  const undo: (() => Promise<void>)[] = []
  try {
    for (const { index, target } of targets) {
      const to = join(destination, target)
      await naming('make the folder', dirname(to), () => makeFolders(dirname(to), 0o700))
      const old = join(folder, `old-${index}`)
      if (await isThere(to)) {
        await naming('replace', to, () => move(to, old))
        undo.unshift(() => move(old, to))
      }
      await naming('put in place', to, () => move(join(folder, String(index)), to))
      undo.unshift(() => move(to, join(folder, String(index))))
    }
  } catch (error) {
    for (const back of undo) await back()
    throw error
  }
}

/** Renaming a folder changes its `..`, so that an ordinary user needs write permission on it, which an archive may have taken away. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error
    const { mode } = await lstat(from)
    await chmod(from, 0o700)
    await rename(from, to)
    await chmod(to, mode & 0o7777)
  }
}

/** Why a target cannot be used: something is there, or a link or a file stands where a folder of its path should be. Undefined when it can. */
export async function obstacleTo(destination: string, target: string, overwrite: boolean): Promise<string | undefined> {
  const parts = target.split('/')
  for (let count = 1; count < parts.length; count++) {
    const folder = join(destination, ...parts.slice(0, count))
    const stat = await lstat(folder).catch(() => undefined)
    if (stat === undefined) return undefined
    // Also a link to a folder: it may lead out of the destination.
    if (!stat.isDirectory()) return `${quoted(folder)} is in the way: it is no folder`
  }
  const path = join(destination, target)
  return !overwrite && (await isThere(path)) ? `${quoted(path)} is there already` : undefined
}

/**
 * The first file of an unpacked archive that has a hard link outside of it; undefined when there is none. tar itself refuses to make such links: this is
 * the second pair of eyes.
 */
export async function linkedOutside(folder: string): Promise<Buffer | undefined> {
  const seen = new Map<bigint, { left: bigint; readonly path: Buffer }>()
  try {
    for await (const { kind, at, path } of walkTree(folder)) {
      if (kind === 'folder') continue
      const { ino, nlink } = await lstat(at, { bigint: true })
      if (nlink === 1n) continue
      const links = seen.get(ino) ?? { left: nlink, path }
      links.left -= 1n
      if (links.left === 0n) seen.delete(ino)
      else seen.set(ino, links)
    }
  } catch (error) {
    // A folder that its own mode closes to us, who are not root.
    if (systemCode(error) !== 'EACCES') throw error
    return undefined
  }
  return seen.values().next().value?.path
}

async function sweep(destination: string): Promise<void> {
  for (const name of await naming('list', destination, () => readdir(destination))) {
    if (!name.startsWith(PREFIX)) continue
    const folder = join(destination, name)
    if (await isLeftOver(folder)) await removeTree(folder)
  }
}

async function isLeftOver(folder: string): Promise<boolean> {
  try {
    return !isAlive(JSON.parse(await readFile(join(folder, 'owner.json'), 'utf8')) as ProcessName)
  } catch {
    return false
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

async function removeEmpty(folder: string, end: string): Promise<void> {
  if (folder === end || !folder.startsWith(end)) return
  const isGone = await rmdir(folder).then(
    () => true,
    () => false,
  )
  if (isGone) await removeEmpty(dirname(folder), end)
}
