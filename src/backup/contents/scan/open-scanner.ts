import type { StoredRecord } from '../../restore/restore-jobs.ts'
import { contentCheck, dumpKindOf } from '../content-check.ts'
import type { ContentFormat } from '../entry.ts'
import { scanLdif } from './scan-ldif.ts'
import { scanSql } from './scan-sql.ts'
import { scanTar } from './scan-tar.ts'
import type { OnEntry, Scanner } from './scanner.ts'

/** A scanner that recognizes the format of its input. */
export interface ObjectScanner extends Scanner {
  /** Known at the end. */
  readonly format: ContentFormat
}

// The longest beginning by which a format is recognized, with the comment lines before it.
const HEAD_BYTES = 1024

/**
 * A scanner for the decoded stream of an object. Dumps are recognized by how they begin, whether the plan calls them dumps or only runs a program; an
 * archive is known from the manifest. A dump or archive that is cut, or has fewer entries than were counted when it was made, is incomplete.
 */
export function openScanner(record: StoredRecord, onEntry: OnEntry): ObjectScanner {
  let head: Buffer | undefined = Buffer.alloc(0)
  let format: ContentFormat = 'none'
  let inner: Scanner = NOTHING
  let entries = 0
  const check = contentCheck(record)
  const count: OnEntry = (entry) => {
    entries += 1
    onEntry(entry)
  }
  const choose = (bytes: Buffer) => {
    head = undefined
    const kind = record.source === 'tar' ? 'tar' : dumpKindOf(bytes)
    ;({ format, scanner: inner } = scannerFor(kind, { bytes, onEntry: count }))
    inner.see(bytes)
    check.see(bytes)
  }
  return {
    get format() {
      return format
    },
    see(chunk) {
      if (head === undefined) {
        inner.see(chunk)
        check.see(chunk)
        return
      }
      head = Buffer.concat([head, chunk])
      if (head.length >= HEAD_BYTES) choose(head)
    },
    end() {
      if (head !== undefined) choose(head)
      const fault = inner.end()
      const finding = check.finding(entries)
      return fault ?? (finding.kind === 'fault' ? finding.fault : undefined)
    },
  }
}

const NOTHING: Scanner = { see: () => undefined, end: () => undefined }

function scannerFor(
  kind: string | undefined,
  { bytes, onEntry }: { readonly bytes: Buffer; readonly onEntry: OnEntry },
): { readonly format: ContentFormat; readonly scanner: Scanner } {
  switch (kind) {
    case 'tar':
      return { format: 'tar', scanner: scanTar(onEntry) }
    case 'postgresql':
      return { format: 'postgresql', scanner: scanSql('postgresql', { onEntry, isCluster: bytes.includes('-- PostgreSQL database cluster dump') }) }
    case 'mariadb':
      return { format: 'mariadb', scanner: scanSql('mariadb', { onEntry, isCluster: false }) }
    case 'ldap':
      return { format: 'ldif', scanner: scanLdif(onEntry) }
    default:
      return { format: 'none', scanner: NOTHING }
  }
}
