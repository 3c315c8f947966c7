import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { openFileIn } from '../../files/entries.ts'
import type { ByteFile } from '../byte-file.ts'
import { LIST_END, NAME_RECORD } from '../tar/pack-from-list.ts'
import type { AccountKind, AccountNames } from './account-names.ts'

/** A work list that is read while the scan writes it: the scan never waits for the packer, whatever that takes for a large file. */
export interface GrowingList {
  /** There is more in the file. */
  grew(): void
  /** The file is complete. */
  end(): void
  /** It will not be completed, or not be read. */
  abandon(): void
  /** The list as the packer reads it. If it is abandoned, it has no end mark. */
  bytes(): AsyncGenerator<Buffer>
}

const PIECE_BYTES = 256 * 1024

/** `owners`: the owners and groups of all entries that are in the file. */
export function growingList(file: ByteFile, owners: Readonly<Record<AccountKind, ReadonlySet<number>>>, names: AccountNames): GrowingList {
  let isComplete = false
  let isAbandoned = false
  let more = Promise.withResolvers<void>()
  const wake = () => {
    more.resolve()
    more = Promise.withResolvers()
  }
  const namesFor = async (kind: AccountKind) => {
    const found = await names.of(kind, owners[kind])
    return [...found].map(([id, name]) => `${NAME_RECORD[kind]}${id} ${name}\0`).join('')
  }
  return {
    grew: wake,
    end() {
      isComplete = true
      wake()
    },
    abandon() {
      isAbandoned = true
      wake()
    },
    async *bytes() {
      const handle = await openFileIn(file.entry.folder, file.entry.name, { flags: constants.O_RDONLY })
      try {
        for (let at = 0; !isAbandoned; ) {
          const next = more.promise
          const isLast = isComplete
          const { written } = file
          // Before the entries to which they belong.
          const accounts = (await namesFor('passwd')) + (await namesFor('group'))
          if (accounts !== '') yield Buffer.from(accounts)
          for (; at < written; at += PIECE_BYTES) yield await pieceOf(handle, at, Math.min(PIECE_BYTES, written - at))
          at = written
          if (isLast) {
            yield Buffer.from(LIST_END)
            return
          }
          await next
        }
      } finally {
        await handle.close()
      }
    },
  }
}

async function pieceOf(handle: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(bytes)
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await handle.read(piece, done, bytes - done, at + done)
    if (bytesRead === 0) throw new Error('the list of the files was truncated')
    done += bytesRead
  }
  return piece
}
