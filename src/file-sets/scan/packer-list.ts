import type { ByteFile } from '../byte-file.ts'
import { digitsAt } from './list-line.ts'
import type { ScanRecord } from './scan-records.ts'

/** A folder of the scanned tree, with the results of the scan. */
export interface FolderNode {
  readonly above: FolderNode | undefined
  readonly depth: number
  readonly raw: Buffer
  /** The packer knows this folder, and has not left it since. */
  isOpen: boolean
}

/** An entry to be packed, and its folder. */
export interface Packable {
  /** The record in the form written by find. */
  readonly raw: Buffer
  readonly folder: FolderNode | undefined
}

/** Writes the work list of a packer (see `PackRecord`): each entry, preceded by the folders on its path that are not the packer's current ones. */
export interface PackList {
  /** Receives every folder of the scan, including those that are not packed. */
  enter(record: ScanRecord): void
  /** The data of a record that `add` needs later, when its buffer was reused. */
  keep(record: ScanRecord): Packable
  /** The most recently entered folder can be added without having been kept. */
  add(packable: Packable): void
  /** The owners and groups of the added entries. */
  readonly uids: ReadonlySet<number>
  readonly gids: ReadonlySet<number>
}

const FOLDER = 0x64
const SLASH = 0x2f
const HOLDER = Buffer.from('D')
const END = Buffer.from([0])

export function packList(file: Pick<ByteFile, 'add'>): PackList {
  const uids = new Set<number>()
  const gids = new Set<number>()
  let current: FolderNode | undefined
  let open: FolderNode | undefined
  const leave = (depth: number) => {
    while (current !== undefined && current.depth >= depth) current = current.above
  }
  const lead = (folder: FolderNode | undefined) => {
    while (open !== undefined && !isWithin(folder, open)) {
      open.isOpen = false
      open = open.above
    }
    for (const node of closedOn(folder)) {
      file.add(HOLDER)
      file.add(node.raw.subarray(1))
      file.add(END)
      node.isOpen = true
    }
    open = folder
  }
  return {
    uids,
    gids,
    enter(record) {
      const depth = depthOf(record)
      leave(depth)
      current = { above: current, depth, raw: Buffer.from(record.bytes.subarray(record.from, record.end)), isOpen: false }
    },
    keep(record) {
      if (record.type === FOLDER && current !== undefined) return { raw: current.raw, folder: current.above }
      leave(depthOf(record))
      return { raw: record.bytes.subarray(record.from, record.end), folder: current }
    },
    add({ raw, folder }) {
      lead(folder)
      file.add(raw)
      file.add(END)
      if (raw[0] === FOLDER && current?.raw === raw) {
        current.isOpen = true
        open = current
      }
      addOwners(raw, uids, gids)
    },
  }
}

function isWithin(folder: FolderNode | undefined, outer: FolderNode): boolean {
  let at = folder
  while (at !== undefined && at.depth > outer.depth) at = at.above
  return at === outer
}

/** The folders down to this one that the packer does not know, outermost first. */
function closedOn(folder: FolderNode | undefined): readonly FolderNode[] {
  const closed: FolderNode[] = []
  for (let at = folder; at !== undefined && !at.isOpen; at = at.above) closed.unshift(at)
  return closed
}

function depthOf({ bytes, start, end }: ScanRecord): number {
  let depth = 0
  for (let at = start; at < end; at++) if (bytes[at] === SLASH) depth++
  return depth
}

const NUMBERS_BEFORE_OWNER = 4

function addOwners(raw: Buffer, uids: Set<number>, gids: Set<number>): void {
  let at = 0
  for (let numbers = 0; numbers < NUMBERS_BEFORE_OWNER; numbers++) at = raw.indexOf(0x20, at) + 1
  const uid = digitsAt(raw, at)
  uids.add(uid.value)
  gids.add(digitsAt(raw, uid.next + 1).value)
}
