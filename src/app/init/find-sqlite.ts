import { basename, dirname, join } from 'node:path'
import { ownTruster } from '../../files/trust/trust.ts'
import { closeWalked, openWalked, walkPath } from '../../files/trust/trusted-path.ts'
import { type FoundSource, objectName, yamlText } from './found-source.ts'
import { insideOf } from './list-folders.ts'

const PLACES = ['/var/lib', '/srv', '/opt', '/var/www', '/usr/local']
// Caches, what packages own and can make again, and the data of other programs that are saved otherwise.
const NOT_IN =
  /^(?:cache|caches|tmp|node_modules|__pycache__|site-packages|dist-packages|overlay2?|containers?|docker|containerd|lxc|machines|rpm|dnf|yum|apt|dpkg|PackageKit|fwupd|command-not-found|man-db|plocate|mlocate|systemd|gdm3|colord|holdfast|snapd|flatpak)$/u
const NAMES = /\.(?:db3?|sqlite3?|s3db)$/iu
const MAGIC = 'SQLite format 3\0'
const DEPTH = 5
const MOST_FOLDERS = 5000
const MOST = 20

/** SQLite databases of services, in the folders where they usually are. */
export async function findSqlite(): Promise<readonly FoundSource[]> {
  const paths: string[] = []
  const left = { folders: MOST_FOLDERS }
  for (const place of PLACES) await collect(place, { depth: DEPTH, left, paths })
  const names = new Set<string>()
  return paths.slice(0, MOST).flatMap((path) => {
    const text = yamlText(path)
    if (text === undefined) return []
    const wanted = objectName(`${basename(dirname(path))}-${basename(path).replace(NAMES, '')}`)
    let name = wanted
    for (let number = 2; names.has(name); number += 1) name = `${wanted}-${number}`
    names.add(name)
    return [{ name, comment: 'SQLite database, as a consistent copy.', object: `{ sqlite: { path: ${text} } }` }]
  })
}

interface Search {
  readonly depth: number
  readonly left: { folders: number }
  readonly paths: string[]
}

async function collect(folder: string, { depth, left, paths }: Search): Promise<void> {
  left.folders -= 1
  if (depth === 0 || left.folders < 0) return
  const { folders, files } = await insideOf(folder)
  for (const name of files) if (NAMES.test(name) && (await isSqlite(join(folder, name)))) paths.push(join(folder, name))
  for (const name of folders) if (!NOT_IN.test(name)) await collect(join(folder, name), { depth: depth - 1, left, paths })
}

async function isSqlite(path: string): Promise<boolean> {
  try {
    const walked = await walkPath(path, ownTruster())
    try {
      if (walked.kind !== 'file') return false
      const handle = await openWalked(walked)
      try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0)
        return buffer.toString('latin1', 0, bytesRead) === MAGIC
      } finally {
        await handle.close()
      }
    } finally {
      await closeWalked(walked)
    }
  } catch {
    return false
  }
}
