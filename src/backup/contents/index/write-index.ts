import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { constants, createZstdCompress } from 'node:zlib'
import { createFileIn, renameEntry, unlinkIn } from '../../../files/entries.ts'
import type { Folder } from '../../../files/folder.ts'
import type { ContentEntry } from '../entry.ts'
import { INDEX_LIMITS, type IndexHeader } from './index-header.ts'
import { IndexError } from './read-index.ts'

/** An index that is being made. Exactly one of `finish` and `discard` ends it. */
export interface IndexDraft {
  add(entry: ContentEntry): void
  /** Resolves when there is room for more. Never rejects: a failure is that of `finish`. */
  drained(): Promise<void>
  /** Makes it the file of that name. Rejects with the system's errors; nothing is left of it then. */
  finish(header: IndexHeader, name: string): Promise<void>
  discard(): Promise<void>
}

/** The names of drafts, which a killed process leaves behind. */
export const DRAFT = /^\.draft-[0-9a-f]{16}$/u

// Enough for a second of reading; more waits.
const WAITING_CHARACTERS = 256 * 1024

/** Begins an index in a folder that only this user can access. Rejects with the system's errors. */
export async function beginIndex(folder: Folder): Promise<IndexDraft> {
  const names = [draftName(), draftName()] as const
  const file = await createFileIn(folder, names[0])
  const packing = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } })
  let failure: unknown
  const written = writeAllOf(packing, file).catch((error: unknown) => {
    failure = error
  })
  packing.on('error', () => undefined)
  let waiting = ''
  let characters = 0
  const flush = () => {
    const isReady = failure !== undefined || waiting === '' || packing.write(waiting)
    waiting = ''
    return isReady
  }
  const remove = async () => {
    await file.close().catch(() => undefined)
    for (const name of names) await unlinkIn(folder, name).catch(() => undefined)
  }
  return {
    add(entry) {
      // The path is the first key of each line: a search compares it before parsing.
      const { path, ...more } = entry
      const line = `${JSON.stringify({ path, ...more })}\n`
      characters += line.length
      if (characters <= INDEX_LIMITS.characters) waiting += line
    },
    async drained() {
      if (waiting.length < WAITING_CHARACTERS || flush()) return
      await Promise.race([once(packing, 'drain').catch(() => undefined), written])
    },
    async finish(header, name) {
      try {
        flush()
        packing.end()
        await written
        if (failure !== undefined) throw failure
        if (header.entries > INDEX_LIMITS.entries || characters > INDEX_LIMITS.characters)
          throw new IndexError('too-large', `the index of "${header.object}" would be too large`)
        await assemble(file, { folder, name: names[1] }, header)
        await renameEntry({ folder, name: names[1] }, { folder, name })
      } finally {
        await remove()
      }
    },
    async discard() {
      packing.destroy()
      await written
      await remove()
    },
  }
}

async function writeAllOf(chunks: AsyncIterable<Buffer>, file: FileHandle): Promise<void> {
  for await (const chunk of chunks) await file.writeFile(chunk)
}

const COPY_BYTES = 256 * 1024

/** The header is known only at the end, but is the first line. */
async function assemble(body: FileHandle, { folder, name }: { readonly folder: Folder; readonly name: string }, header: IndexHeader): Promise<void> {
  const file = await createFileIn(folder, name)
  try {
    await file.writeFile(`${JSON.stringify(header)}\n`)
    const buffer = Buffer.allocUnsafe(COPY_BYTES)
    for (let at = 0; ; ) {
      const { bytesRead } = await body.read(buffer, 0, COPY_BYTES, at)
      if (bytesRead === 0) break
      await file.writeFile(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
  } finally {
    await file.close()
  }
}

export function draftName(): string {
  return `.draft-${randomBytes(8).toString('hex')}`
}
