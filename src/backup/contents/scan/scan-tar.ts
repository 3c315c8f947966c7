import { NAME_BYTES } from '../entry.ts'
import {
  BLOCK,
  isSparse,
  type Keyword,
  type PaxRecords,
  readPaxRecords,
  readTarHeader,
  storedBytes,
  type TarHeader,
  tarEntry,
} from './read-tar-header.ts'
import type { OnEntry, Scanner } from './scanner.ts'

/** A larger extended header is skipped: names and sizes are far smaller, extended attributes are not listed. */
const EXTENDED_BYTES = 4 * 1024 * 1024

/** Receives the contents of the regular file whose entry came last, in pieces that are only valid during the call. Not called for sparse files. */
export type OnContents = (piece: Buffer) => void

/** More of what is in an archive, for those who want it. */
export interface TarWatch {
  readonly onContents?: OnContents
  /** Receives each member, also those that are not listed. */
  readonly onMember?: (header: TarHeader, pax: PaxRecords) => void
}

interface State extends TarWatch {
  readonly onEntry: OnEntry
  /** The block that is being read. */
  readonly block: Buffer
  filled: number
  /** Bytes of data to pass over. */
  skip: number
  /** Those of them that are contents of a file. */
  contents: number
  /** An extended header that is being read. */
  extended: { readonly type: string; readonly bytes: number; readonly chunks: Buffer[]; read: number } | undefined
  /** Blocks with the map of a sparse file follow the header. */
  sparse: TarHeader | undefined
  global: PaxRecords
  local: Map<Keyword, Buffer>
  hasEnded: boolean
  members: number
  unlisted: number
  fault: string | undefined
}

/** The members of a tar archive of any format that GNU tar reads. */
export function scanTar(onEntry: OnEntry, watch: TarWatch = {}): Scanner {
  const state: State = {
    ...{ ...watch, onEntry, block: Buffer.alloc(BLOCK), filled: 0, skip: 0, contents: 0, extended: undefined, sparse: undefined },
    ...{ global: new Map(), local: new Map(), hasEnded: false, members: 0, unlisted: 0, fault: undefined },
  }
  return {
    see(chunk) {
      for (let at = 0; at < chunk.length && !state.hasEnded; ) at += step(state, chunk.subarray(at))
    },
    end() {
      if (state.fault !== undefined) return state.fault
      if (!state.hasEnded) return `is truncated: its end is missing after ${state.members} members`
      return state.unlisted > 0 ? `has ${state.unlisted} members whose names are longer than ${NAME_BYTES} bytes` : undefined
    },
  }
}

/** Uses some of the bytes, at least one, and returns how many. */
function step(state: State, bytes: Buffer): number {
  if (state.skip > 0) {
    const skipped = Math.min(state.skip, bytes.length)
    state.skip -= skipped
    const contents = Math.min(state.contents, skipped)
    state.contents -= contents
    if (contents > 0) state.onContents?.(bytes.subarray(0, contents))
    return skipped
  }
  if (state.extended !== undefined) return readExtended(state, state.extended, bytes)
  const used = bytes.copy(state.block, state.filled, 0, BLOCK - state.filled)
  state.filled += used
  if (state.filled === BLOCK) {
    state.filled = 0
    takeBlock(state)
  }
  return used
}

function takeBlock(state: State): void {
  const { block, sparse } = state
  if (sparse !== undefined) {
    if (block[504] === 0) finishMember(state, sparse)
    return
  }
  const header = readTarHeader(block)
  if (header === 'end') {
    state.hasEnded = true
    return
  }
  const bytes = header && (isExtended(header) ? header.bytes : storedBytes(header, new Map([...state.global, ...state.local])))
  if (header === undefined || bytes === undefined || !Number.isSafeInteger(bytes) || bytes < 0) {
    state.hasEnded = true
    state.fault = `is damaged: the header after ${state.members} members is invalid`
    return
  }
  if (isExtended(header)) beginExtended(state, header)
  else if (header.sparse?.continues === true) state.sparse = header
  else finishMember(state, header)
}

/** pax headers for one or all following members, and GNU's long names. */
function isExtended({ type }: TarHeader): boolean {
  return 'xXgLK'.includes(type)
}

function beginExtended(state: State, { type, bytes }: TarHeader): void {
  if (bytes <= EXTENDED_BYTES) state.extended = { type, bytes, chunks: [], read: 0 }
  else {
    state.skip = padded(bytes)
    state.fault ??= `has an extended header of ${bytes} bytes, which was not read`
  }
  if (bytes === 0) state.extended = undefined
}

function readExtended(state: State, extended: NonNullable<State['extended']>, bytes: Buffer): number {
  const part = bytes.subarray(0, extended.bytes - extended.read)
  // A copy: the chunk belongs to the stream.
  extended.chunks.push(Buffer.from(part))
  extended.read += part.length
  if (extended.read < extended.bytes) return part.length
  state.extended = undefined
  state.skip = padded(extended.bytes) - extended.bytes
  const content = Buffer.concat(extended.chunks)
  const { type } = extended
  if (type === 'g') state.global = new Map([...state.global, ...readPaxRecords(content)])
  else if (type === 'L') state.local.set('path', untilZero(content))
  else if (type === 'K') state.local.set('linkpath', untilZero(content))
  else for (const [key, value] of readPaxRecords(content)) state.local.set(key, value)
  return part.length
}

function finishMember(state: State, header: TarHeader): void {
  const pax = new Map([...state.global, ...state.local])
  state.sparse = undefined
  state.local = new Map()
  state.skip = padded(storedBytes(header, pax))
  // The label of a volume is not a member.
  if (header.type === 'V') return
  state.members += 1
  state.onMember?.(header, pax)
  const entry = tarEntry(header, pax)
  const names = [entry.path, entry.target ?? '', entry.owner ?? '', entry.group ?? '']
  const isListed = names.every((text) => Buffer.byteLength(text) <= NAME_BYTES)
  state.contents = isListed && entry.kind === 'file' && !isSparse(header, pax) ? storedBytes(header, pax) : 0
  if (isListed) state.onEntry(entry)
  else state.unlisted += 1
}

function untilZero(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0)
  return end === -1 ? bytes : bytes.subarray(0, end)
}

function padded(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK
}
