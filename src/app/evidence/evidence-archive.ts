import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { SealedRecord } from '../../backup/evidence/evidence-record.ts'
import { checksumLine } from '../../backup/set/checksums.ts'
import { MEMBER, padBlock, writeHeader } from '../../file-sets/tar/write-tar-header.ts'
import { CHECK_SCRIPT } from './check-script.ts'
import { byChain } from './gather-records.ts'

export interface ArchiveContents {
  readonly page: string
  readonly records: readonly SealedRecord[]
  /** Those of which it is not known that the host made them. */
  readonly unknown: readonly SealedRecord[]
  readonly key: KeyObject
  readonly now: Date
}

const DIGITS = 10

/** A tar archive with the records, the page, a script that checks them, and the digests of all files, signed with the key of the host. */
export function renderArchive({ page, records, unknown, key, now }: ArchiveContents): Buffer {
  const pem = String(createPublicKey(key).export({ format: 'pem', type: 'spki' }))
  const files = new Map<string, Buffer>([
    ['check.sh', Buffer.from(CHECK_SCRIPT)],
    ['key.pem', Buffer.from(pem)],
    ['report.html', Buffer.from(page)],
  ])
  for (const [chain, of] of byChain(records)) for (const [path, text] of filesOf(`records/${chain}`, of)) files.set(path, Buffer.from(text))
  for (const [path, text] of filesOf('unknown', unknown)) files.set(path, Buffer.from(text))
  const sums = Buffer.from([...files].map(([path, bytes]) => checksumLine(createHash('sha256').update(bytes).digest('hex'), path)).join(''))
  files.set('SHA256SUMS', sums)
  files.set('SHA256SUMS.sig', sign(null, sums, key))
  return tarOf(files, now)
}

function filesOf(folder: string, records: readonly SealedRecord[]): readonly (readonly [string, string])[] {
  // Two records with one number are both kept.
  const seen = new Map<number, number>()
  return records.map(({ record: { number }, text }) => {
    const again = seen.get(number) ?? 0
    seen.set(number, again + 1)
    return [`${folder}/${String(number).padStart(DIGITS, '0')}${again === 0 ? '' : `-${again}`}.record`, text]
  })
}

const BUFFER_BYTES = 8 * 1024

function tarOf(files: ReadonlyMap<string, Buffer>, now: Date): Buffer {
  const parts: Buffer[] = []
  const output = {
    buffer: Buffer.alloc(BUFFER_BYTES),
    used: 0,
    total: 0,
    reserve: () => output.flush(),
    flush() {
      parts.push(Buffer.from(output.buffer.subarray(0, output.used)))
      output.used = 0
    },
  }
  const owner = { uid: 0, gid: 0, user: 'root', group: 'root', nanoseconds: 0, seconds: Math.floor(now.getTime() / 1000) }
  for (const [path, bytes] of files) {
    const mode = path.endsWith('.sh') ? 0o755 : 0o644
    writeHeader(output, { kind: MEMBER.file, name: Buffer.from(path), mode, size: bytes.length, ...owner })
    output.flush()
    parts.push(bytes)
    padBlock(output, bytes.length)
  }
  output.flush()
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}
