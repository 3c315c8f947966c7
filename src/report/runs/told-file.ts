import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolders } from '../../files/make-folders.ts'
import type { Told } from './decide-notice.ts'

/** Remembers in a small file what each notifier was told last of one task. */
export interface ToldFile {
  /** Undefined also where nothing can be read: told twice is better than not at all. */
  read(notifier: string): Promise<Told | undefined>
  /** Rejects as the system does. */
  write(notifier: string, told: Told): Promise<void>
}

type Content = Readonly<Record<string, { readonly at: string; readonly cause?: string }>>

export function openToldFile(file: string): ToldFile {
  let writing: Promise<unknown> = Promise.resolve()
  const write = async (notifier: string, { at, cause }: Told) => {
    const content: Content = { ...(await readContent(file)), [notifier]: { at: at.toISOString(), ...(cause !== undefined && { cause }) } }
    await makeFolders(dirname(file), 0o700)
    // Two runs may write at once: each has a name of its own.
    const beside = `${file}.${randomUUID()}.new`
    try {
      await writeFile(beside, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: 'wx' })
      await rename(beside, file)
    } catch (error) {
      await rm(beside, { force: true })
      throw error
    }
  }
  return {
    async read(notifier) {
      const content = await readContent(file)
      const told = Object.hasOwn(content, notifier) ? content[notifier] : undefined
      const at = new Date(told?.at ?? '')
      return told === undefined || Number.isNaN(at.getTime()) ? undefined : { at, ...(typeof told.cause === 'string' && { cause: told.cause }) }
    },
    write(notifier, told) {
      // One after another: each begins with what the one before it has written.
      const turn = writing.then(() => write(notifier, told))
      writing = turn.catch(() => undefined)
      return turn
    },
  }
}

async function readContent(file: string): Promise<Content> {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'))
    return typeof content === 'object' && content !== null && !Array.isArray(content) ? (content as Content) : {}
  } catch {
    return {}
  }
}
