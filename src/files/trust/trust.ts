import { printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import type { EntryFacts } from '../folder.ts'

/** The accepted owners: root, or this user. */
export interface Truster {
  readonly uid: number
  readonly gid: number
  /** Whether write permission of a group is never accepted, not even of root's own group: with an ACL, the group bits are its mask. */
  readonly distrustsGroups?: boolean
}

export type Distrust = 'owner' | 'group-writable' | 'world-writable'

/**
 * Why another user (except root) could have written an entry, or undefined. A file must belong to root or this user, and must not be writable by
 * others; the same applies to folders, but `isSticky: 'trusted'` accepts a folder with the sticky bit, in which users cannot replace files of others
 * (a file in /tmp). The private group of the user (the same number as the user, as on Debian) counts as the user. With an ACL, the group bits are its
 * mask, so that write permission by an ACL counts as that of the group (acl(5)).
 */
export function distrustOf(
  { uid, gid, mode }: Pick<EntryFacts, 'uid' | 'gid' | 'mode'>,
  who: Truster,
  isSticky: 'trusted' | 'ignored' = 'ignored',
): Distrust | undefined {
  if (uid !== 0 && uid !== who.uid) return 'owner'
  if (isSticky === 'trusted' && (mode & 0o1000) !== 0) return undefined
  if ((mode & 0o002) !== 0) return 'world-writable'
  const isOwnGroup = who.distrustsGroups !== true && (gid === 0 || (who.uid !== 0 && gid === who.gid && gid === who.uid))
  return (mode & 0o020) !== 0 && !isOwnGroup ? 'group-writable' : undefined
}

export function ownTruster(): Truster {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
}

/** `"/srv/x" belongs to user 1000`, `"/srv/x" is writable by others`. */
export function describeDistrust(path: string, distrust: Distrust, { uid, gid }: Pick<EntryFacts, 'uid' | 'gid'>): string {
  const name = `"${printable(path)}"`
  if (distrust === 'owner') return `${name} belongs to user ${uid}`
  return distrust === 'group-writable' ? `${name} is writable by group ${gid}` : `${name} is writable by others`
}

/** The shell command that sets the correct owner of a path, and removes write permission of all others. */
export function correctingCommand(
  { path, kind, facts: { uid, mode } }: { readonly path: string; readonly kind: 'link' | 'other'; readonly facts: Pick<EntryFacts, 'uid' | 'mode'> },
  who: Truster,
): string {
  const word = printableShellWord(path)
  const owner = who.uid === 0 ? 'root:root' : `${who.uid}:${who.gid}`
  const chown = uid === 0 || uid === who.uid ? [] : [`chown ${kind === 'link' ? '-h ' : ''}${owner} ${word}`]
  const chmod = kind === 'link' || (mode & 0o022) === 0 || (mode & 0o1000) !== 0 ? [] : [`chmod go-w ${word}`]
  return [...chown, ...chmod].join(' && ')
}

/** The shell command that corrects it. */
export function commandAgainst(path: string, distrust: Distrust, who: Truster): string {
  const word = printableShellWord(path)
  if (distrust === 'owner') return `chown -h ${who.uid}:${who.gid} ${word}`
  return distrust === 'group-writable' ? `chmod g-w ${word}` : `chmod o-w ${word}`
}
