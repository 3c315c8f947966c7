import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { closeFolderSync } from '../../files/folder.ts'
import { openExistingFolderSync } from '../../files/open-by-path.ts'
import { readSmallInSync } from '../../files/read-small.ts'
import { readShared } from '../../files/shared-files.ts'
import { walkTree } from '../../files/tree/walk-tree.ts'
import { embeddedFiles, OWN_ROOT, SHARE } from '../../lib/assets.ts'

export interface PageFile {
  readonly content: Buffer
  readonly type: string
  /** Absent if the compressed file would not be smaller. */
  readonly gzip?: Buffer
  readonly brotli?: Buffer
}

/** The built pages, in memory. */
export interface Pages {
  /** Changes whenever one of the files changes. */
  readonly build: string
  readonly index: string
  /** By path, without a leading slash. */
  readonly files: ReadonlyMap<string, PageFile>
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['css', 'text/css; charset=utf-8'],
  ['html', 'text/html; charset=utf-8'],
  ['ico', 'image/x-icon'],
  ['js', 'text/javascript; charset=utf-8'],
  ['json', 'application/json'],
  ['png', 'image/png'],
  ['svg', 'image/svg+xml'],
  ['txt', 'text/plain; charset=utf-8'],
  ['webmanifest', 'application/manifest+json'],
  ['woff2', 'font/woff2'],
])

/** Reads the built pages, from the source tree or from the package. Undefined if they are missing. */
export async function readPages(): Promise<Pages | undefined> {
  for (const root of [join(OWN_ROOT, 'dist', 'web'), join(SHARE, 'web')]) {
    const files = await readFiles(root)
    const index = files.get('index.html')
    if (index === undefined) continue
    const build = [...files]
      .reduce((hash, [path, { content }]) => hash.update(`${path}\0`).update(content), createHash('sha256'))
      .digest('hex')
      .slice(0, 16)
    return { build, index: index.content.toString('utf8'), files }
  }
  return undefined
}

async function readFiles(root: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>()
  for (const path of embeddedFiles(root)) files.set(path.slice(root.length + 1), pageFile(path, readShared(path)))
  if (files.size > 0) return files
  let folder: ReturnType<typeof openExistingFolderSync>
  try {
    folder = openExistingFolderSync(root)
  } catch {
    return files
  }
  try {
    for await (const { path, kind, folder: parent, name } of walkTree(folder)) {
      if (kind !== 'file') continue
      files.set(path.toString('utf8'), pageFile(name.toString('utf8'), readSmallInSync(parent, name)))
    }
    return files
  } finally {
    closeFolderSync(folder)
  }
}

function pageFile(name: string, content: Buffer): PageFile {
  return { content, type: TYPES.get(name.split('.').at(-1) ?? '') ?? 'application/octet-stream', ...compressed(content) }
}

function compressed(content: Buffer): Pick<PageFile, 'gzip' | 'brotli'> {
  const gzip = gzipSync(content)
  if (content.length < 1024 || gzip.length > content.length * 0.9) return {}
  return { gzip, brotli: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }) }
}
