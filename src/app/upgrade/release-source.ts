import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { readWithProblems } from '../../files/trust/read-with-problems.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { closeWalked, openWalked, walkPath } from '../../files/trust/trusted-path.ts'
import { printable } from '../../lib/format.ts'
import { whyUnreadable } from '../../plan/why-unreadable.ts'
import { download, readUrl, type SourceDeps } from './download.ts'
import { UpgradeError } from './upgrade-error.ts'

/** A folder with the files of a release, here or on a web server. */
export interface ReleaseSource {
  /** The names that the executable may have, the first that the list of digests contains. */
  readonly names: readonly string[]
  /** A small file of the release. */
  read(name: string): Promise<Buffer>
  /** A file of the release, which its caller reads to the end or destroys. */
  stream(name: string): Promise<Readable>
}

/** The release at a path or URL: of its folder, or of the executable in it. */
export async function openRelease(place: string, deps: SourceDeps): Promise<ReleaseSource> {
  if (/^https?:\/\//iu.test(place)) return onServer(place, deps)
  const path = resolve(place)
  const isFolder = await stat(path).then(
    (it) => it.isDirectory(),
    (error: unknown) => unreadable(path, error),
  )
  return isFolder ? inFolder(path, usualNames()) : inFolder(resolve(path, '..'), [path.slice(path.lastIndexOf('/') + 1)])
}

/** A folder may have executables for several architectures. */
function usualNames(): readonly string[] {
  return [`holdfast-${process.arch}`, 'holdfast']
}

const SMALL_BYTES = 1024 * 1024

function inFolder(folder: string, names: readonly string[]): ReleaseSource {
  return {
    names,
    read: async (name) => {
      const path = `${folder}/${name}`
      return readWithProblems(path, ownTruster(), { maxBytes: SMALL_BYTES }).then(
        ({ content }) => content,
        (error: unknown) => unreadable(path, error),
      )
    },
    stream: async (name) => {
      const path = `${folder}/${name}`
      try {
        const walked = await walkPath(path, ownTruster())
        try {
          if (walked.kind !== 'file') throw new UpgradeError('unreadable', `"${printable(path)}" is not a regular file`)
          return (await openWalked(walked)).createReadStream()
        } finally {
          await closeWalked(walked)
        }
      } catch (error) {
        return unreadable(path, error)
      }
    },
  }
}

function unreadable(path: string, error: unknown): never {
  if (error instanceof UpgradeError) throw error
  throw new UpgradeError('unreadable', `could not read "${printable(path)}": ${whyUnreadable(error)}`, {
    cause: error,
    hint: 'A release consists of the executable, "SHA256SUMS" and "SHA256SUMS.sig", in one folder.',
  })
}

/** The address of a folder ends with a slash, or its last part does not begin with "holdfast". */
function onServer(place: string, deps: SourceDeps): ReleaseSource {
  const url = URL.parse(place)
  if (url === null) throw new UpgradeError('unreadable', `invalid URL "${printable(place)}"`)
  const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
  const isFile = last.startsWith('holdfast')
  const base = new URL(url)
  if (isFile) base.pathname = base.pathname.slice(0, -last.length)
  else if (!base.pathname.endsWith('/')) base.pathname = `${base.pathname}/`
  return {
    names: isFile ? [nameOf(last)] : usualNames(),
    read: (name) => readUrl(new URL(encodeURIComponent(name), base), deps, SMALL_BYTES),
    stream: (name) => download(new URL(encodeURIComponent(name), base), deps),
  }
}

function nameOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw new UpgradeError('unreadable', `invalid URL: "${printable(encoded)}" is not the encoding of a name`, {
      hint: 'Write a percent sign as "%25".',
    })
  }
}
