import { basename, dirname } from 'node:path'
import { closeFolder, type Folder, openFolder } from '../../files/folder.ts'
import { openOrMakeFolderSync } from '../../files/open-by-path.ts'
import { readSmallIn } from '../../files/read-small.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import { waitLock } from '../../process/tool/flock.ts'
import type { LastNotice } from './decide-notice.ts'

/** Stores the last notification of each notifier about one task in a small file. */
export interface NoticeFile {
  /** Undefined also if nothing can be read: a repeated notification is better than a missing one. */
  read(notifier: string): Promise<LastNotice | undefined>
  /** Rejects as the system does. */
  write(notifier: string, notice: LastNotice): Promise<void>
}

type Content = Readonly<Record<string, { readonly at: string; readonly cause?: string }>>

// The lock is held only for writing a few hundred bytes.
const LOCK_MS = 10_000

export function openNoticeFile(file: string): NoticeFile {
  let writing: Promise<unknown> = Promise.resolve()
  const name = basename(file)
  const write = async (notifier: string, { at, cause }: LastNotice) => {
    const folder = openOrMakeFolderSync(dirname(file), 0o700)
    try {
      // Another run may write at the same time, and its data must not be lost. Without a lock it may be, which only causes a repeated notification.
      await waitLock(folder.fd, AbortSignal.timeout(LOCK_MS)).catch(() => undefined)
      const content: Content = { ...(await contentIn(folder, name)), [notifier]: { at: at.toISOString(), ...(cause !== undefined && { cause }) } }
      await replaceFileIn(folder, name, `${JSON.stringify(content)}\n`)
    } finally {
      await closeFolder(folder)
    }
  }
  return {
    async read(notifier) {
      const content = await readContent(file)
      const lastNotice = Object.hasOwn(content, notifier) ? content[notifier] : undefined
      const at = new Date(lastNotice?.at ?? '')
      return lastNotice === undefined || Number.isNaN(at.getTime())
        ? undefined
        : { at, ...(typeof lastNotice.cause === 'string' && { cause: lastNotice.cause }) }
    },
    write(notifier, notice) {
      // One at a time: each starts with the result of the previous one.
      const turn = writing.then(() => write(notifier, notice))
      writing = turn.catch(() => undefined)
      return turn
    },
  }
}

async function readContent(file: string): Promise<Content> {
  try {
    const folder = await openFolder(`${dirname(file)}/.`)
    try {
      return await contentIn(folder, basename(file))
    } finally {
      await closeFolder(folder)
    }
  } catch {
    return {}
  }
}

async function contentIn(folder: Folder, name: string): Promise<Content> {
  try {
    const content: unknown = JSON.parse((await readSmallIn(folder, name)).toString('utf8'))
    return typeof content === 'object' && content !== null && !Array.isArray(content) ? (content as Content) : {}
  } catch {
    return {}
  }
}
