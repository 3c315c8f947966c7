import { Readable } from 'node:stream'
import { constants, createZstdDecompress } from 'node:zlib'
import { errorsOf } from '../../../lib/errors.ts'
import { type ContentEntry, contentEntry, NAME_BYTES } from '../entry.ts'
import { INDEX_LIMITS, type IndexedObject, type IndexHeader, parseIndexHeader } from './index-header.ts'

/** Why an index cannot be used. Its contents are from a storage that other users may write to. */
export class IndexError extends errorsOf('index')<'damaged' | 'too-large'> {}

/** An opened index. */
export interface OpenIndex {
  readonly header: IndexHeader
  /**
   * The lines of the entries, in portions. Rejects with `index/damaged` if there are more or fewer than recorded in the header, or if they cannot be
   * decompressed.
   */
  lines(): AsyncGenerator<readonly string[]>
  close(): void
}

// Escaped characters, and the names of owner, group and target beside that of the entry.
const LINE_CHARACTERS = 8 * NAME_BYTES
/** The writer needs 2 MiB of history; more is not reserved for what may be hostile. */
const WINDOW_LOG = 23

/** Opens the index in this stream; undefined if it belongs to another object, or is invalid. Reads no more than the header. */
export async function openIndex(body: Readable, object: IndexedObject): Promise<OpenIndex | undefined> {
  // A failure is reported where it is read.
  body.on('error', () => undefined)
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let head = Buffer.alloc(0)
  let end = -1
  while (end === -1 && head.length < INDEX_LIMITS.headerBytes) {
    const { value, done } = await chunks.next()
    if (done === true) break
    head = Buffer.concat([head, Buffer.from(value)])
    end = head.indexOf(10)
  }
  const header = end === -1 ? undefined : parseIndexHeader(head.toString('utf8', 0, end), object)
  if (header === undefined) {
    body.destroy()
    return undefined
  }
  async function* rest() {
    yield head.subarray(end + 1)
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value
  }
  return { header, lines: () => linesOf(rest(), header), close: () => body.destroy() }
}

async function* linesOf(compressed: AsyncGenerator<Buffer>, { object, entries }: IndexHeader): AsyncGenerator<readonly string[]> {
  const unpacking = createZstdDecompress({ chunkSize: 64 * 1024, params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG } })
  const input = Readable.from(compressed, { objectMode: false })
  input.on('error', (error) => unpacking.destroy(error)).pipe(unpacking)
  let [seen, characters, rest] = [0, 0, '']
  const damaged = (cause?: unknown) => new IndexError('damaged', `the index of "${object}" is damaged`, { cause })
  try {
    unpacking.setEncoding('utf8')
    for await (const chunk of unpacking) {
      characters += String(chunk).length
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      seen += lines.length
      if (seen > entries || rest.length > LINE_CHARACTERS || characters > INDEX_LIMITS.characters) throw damaged()
      if (lines.length > 0) yield lines
    }
  } catch (error) {
    throw error instanceof IndexError ? error : damaged(error)
  } finally {
    input.destroy()
    unpacking.destroy()
  }
  if (seen !== entries || rest !== '') throw damaged()
}

/** The entry in a line. Throws `index/damaged`. */
export function parseEntry(line: string): ContentEntry {
  try {
    return contentEntry.parse(JSON.parse(line))
  } catch (error) {
    throw new IndexError('damaged', 'the index is damaged', { cause: error })
  }
}
