import { formatBytes } from '../../lib/format.ts'
import { StorageError } from '../storage.ts'
import type { Refusal } from './rclone-error.ts'

/** Less than this is no room: file systems keep some blocks for root, and for their own tables. */
const NO_ROOM_BYTES = 1024 * 1024

/** OpenSSH answers SSH_FX_FAILURE to everything for which version 3 of the protocol has no code: a full disk, a quota, a read-only file system. */
export function isUnexplained({ text }: Refusal): boolean {
  return /SSH_FX_FAILURE/u.test(text)
}

/**
 * The error for a write that a server refused without a reason. `freeBytes`: what the server reports, undefined if it does not. It counts as full, so that
 * sets can be removed without storing a marker first.
 */
export function unexplainedFailure(doing: string, label: string, freeBytes: number | undefined): StorageError {
  const isFull = freeBytes !== undefined && freeBytes < NO_ROOM_BYTES
  const free = freeBytes === undefined ? '' : `; ${formatBytes(freeBytes)} free`
  return new StorageError(
    'full',
    isFull
      ? `could not ${doing} on "${label}": no space left on the server, or its file system is read-only (${formatBytes(freeBytes)} free)`
      : `could not ${doing} on "${label}": the server refused to write without giving a reason (SSH_FX_FAILURE${free})`,
    {
      hint: isFull
        ? 'Free some space there, or keep fewer sets. Check on the server whether the file system is read-only: SFTP reports the same error for both.'
        : 'Check on the server: free space, the quota of the user, permissions, and whether the file system is read-only.',
    },
  )
}
