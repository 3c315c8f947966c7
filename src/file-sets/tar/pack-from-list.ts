import { readSync, writeSync } from 'node:fs'
import { systemCode } from '../../lib/errors.ts'
import { emptyRecord, parseRecord } from '../scan/pack-record.ts'
import { type PackProblem, treePacker } from './pack-tree.ts'
import { tarOutput } from './tar-output.ts'

/** The parameters of the packer, in addition to its list. */
export interface PackOrder {
  /** As a latin1 string of its bytes. */
  readonly prefix: string
}

/** The type of a record of the list that is not an entry: the name of a user or group, for the entries after it (`u1000 name`). */
export const NAME_RECORD = { passwd: 'u', group: 'g' } as const

/** The last record of the list, which is empty. A list without it is incomplete. */
export const LIST_END = '\0'

/** A line of its stderr; the name is a latin1 string of its bytes. */
export type PackWord =
  | { readonly kind: PackProblem['kind']; readonly name: string; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }

export interface PackFds {
  readonly callFd: number
  readonly listFd: number
  readonly sourceFd: number
  readonly outputFd: number
  readonly problemsFd: number
}

// The exit code that a shell reports for SIGPIPE: the reader ended first, and is the cause.
const READER_CLOSED = 141

/** Packs the entries of a list. The exit code is 0 if the archive is complete, even if entries could not be packed. */
export function packFromList({ callFd, listFd, sourceFd, outputFd, problemsFd }: PackFds): number {
  const say = (word: PackWord) => {
    const line = Buffer.from(`${JSON.stringify(word)}\n`)
    for (let done = 0; done < line.length; ) done += writeSync(problemsFd, line, done)
  }
  try {
    const { prefix } = JSON.parse(readAll(callFd)) as PackOrder
    const users = new Map<number, string>()
    const groups = new Map<number, string>()
    const packer = treePacker({
      sourceFd,
      prefix: Buffer.from(prefix, 'latin1'),
      users,
      groups,
      output: tarOutput(outputFd),
      report: ({ kind, name, why }) => say({ kind, name: name.toString('latin1'), why }),
    })
    const record = emptyRecord()
    eachRecord(listFd, (bytes, from, end) => {
      if (bytes[from] === USER) addName(users, bytes.toString('utf8', from + 1, end))
      else if (bytes[from] === GROUP) addName(groups, bytes.toString('utf8', from + 1, end))
      else {
        parseRecord(bytes, from, end, record)
        packer.take(record)
      }
    })
    packer.end()
    return 0
  } catch (error) {
    if (systemCode(error) === 'EPIPE') return READER_CLOSED
    say({ kind: 'failed', why: error instanceof Error ? error.message : String(error) })
    return 1
  }
}

const [USER, GROUP] = [NAME_RECORD.passwd.charCodeAt(0), NAME_RECORD.group.charCodeAt(0)]

function addName(names: Map<number, string>, text: string): void {
  const at = text.indexOf(' ')
  names.set(Number(text.slice(0, at)), text.slice(at + 1))
}

function readAll(fd: number): string {
  const chunks: Buffer[] = []
  for (;;) {
    const chunk = Buffer.alloc(64 * 1024)
    const bytes = readSync(fd, chunk, 0, chunk.length, null)
    if (bytes === 0) return Buffer.concat(chunks).toString()
    chunks.push(chunk.subarray(0, bytes))
  }
}

const LIST_BYTES = 256 * 1024

/** Up to the end of the list. Throws if that is missing: the program that writes the list has failed, or was killed. */
function eachRecord(fd: number, onRecord: (bytes: Buffer, from: number, end: number) => void): void {
  let block = Buffer.allocUnsafe(LIST_BYTES)
  let kept = 0
  for (;;) {
    if (kept === block.length) block = Buffer.concat([block], 2 * block.length)
    const bytes = readSync(fd, block, kept, block.length - kept, null)
    if (bytes === 0) throw new Error('the list of the files is incomplete')
    const filled = block.subarray(0, kept + bytes)
    let from = 0
    for (let end = filled.indexOf(0); end >= 0; end = filled.indexOf(0, from)) {
      if (end === from) return
      onRecord(filled, from, end)
      from = end + 1
    }
    kept = filled.length - from
    block.copyWithin(0, from, filled.length)
  }
}
