import { basename } from 'node:path'
import type { Folder } from '../../files/folder.ts'
import { withEntryBelow } from '../archive-folder.ts'
import type { DatedFile } from '../find/expiry.ts'
import { readLines } from '../line-reader.ts'
import { parseLine } from '../scan/list-line.ts'

const NEWLINE = 0x0a

/** The number of entries in the list of an archive. KristaBackup listed an archive in its own source without packing it: such an entry does not count. */
export async function listedEntries(
  folder: Folder,
  { list, made }: { readonly list: DatedFile; readonly made: DatedFile },
  signal: AbortSignal,
): Promise<number> {
  const own = [basename(made.name), basename(list.name)]
  let isFirst = true
  let entries = 0
  await withEntryBelow(folder, list.name, (at, name) =>
    readLines({ folder: at, name }, NEWLINE, {
      signal,
      onLine({ bytes, start, end }) {
        // The first line is the path of the archive.
        const entry = isFirst ? undefined : parseLine(bytes, start, end)
        isFirst = false
        if (entry !== undefined && !own.some((it) => endsWith(bytes, { ...entry, name: it }))) entries++
      },
    }),
  )
  return entries
}

function endsWith(bytes: Buffer, { start, end, name }: { readonly start: number; readonly end: number; readonly name: string }): boolean {
  const length = Buffer.byteLength(name)
  if (end - start < length || bytes.toString('utf8', end - length, end) !== name) return false
  return end - start === length || bytes[end - length - 1] === SLASH
}

const SLASH = 0x2f
