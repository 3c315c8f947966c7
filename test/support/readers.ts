import { readdir, readFile, realpath } from 'node:fs/promises'
import { posix } from 'node:path'
import type { FileReader } from '../../src/plan/loading.ts'

/** The real file system. */
export const diskReader: FileReader = { resolve: (path) => realpath(path), read: (path) => readFile(path), list: (folder) => readdir(folder) }

/** Files that exist in memory only. Links are files whose content is `{ link: TARGET }`. */
export function memoryReader(files: Readonly<Record<string, string | Uint8Array | { readonly link: string }>>): FileReader {
  const resolve = async (path: string): Promise<string> => {
    const normal = posix.normalize(path)
    const found = Object.hasOwn(files, normal) ? files[normal] : undefined
    if (found === undefined) throw Object.assign(new Error(`no file ${normal}`), { code: 'ENOENT' })
    return typeof found === 'string' || found instanceof Uint8Array ? normal : resolve(posix.resolve(posix.dirname(normal), found.link))
  }
  const read = async (path: string) => {
    const found = files[path]
    if (typeof found === 'string') return Buffer.from(found)
    if (found instanceof Uint8Array) return found
    throw Object.assign(new Error(`no file ${path}`), { code: 'ENOENT' })
  }
  const list = async (folder: string) => {
    const names = Object.keys(files).flatMap((path) => (posix.dirname(path) === posix.normalize(folder) ? [posix.basename(path)] : []))
    if (names.length === 0) throw Object.assign(new Error(`no folder ${folder}`), { code: 'ENOENT' })
    return names
  }
  return { resolve, read, list }
}
