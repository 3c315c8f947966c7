import { printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import type { EntryFacts } from '../folder.ts'

/** Whom something must belong to so that it can be trusted: root, or this user. */
export interface Truster {
  readonly uid: number
  readonly gid: number
  /** Whether what a group may write is never trusted, be it root's own: with an ACL its bits are those of anybody. */
  readonly distrustsGroups?: boolean
}

export type Distrust = 'owner' | 'group-writable' | 'world-writable'

/**
 * Why somebody else than root and we ourselves could have put something there, or undefined. A file must be owned by root or us and writable by nobody else;
 * a folder likewise, but that `isSticky: 'trusted'` passes one with the sticky bit, in which nobody can exchange what is not his (a file of ours in /tmp).
 * A group that is the user's own alone (same number as the user, as Debian makes them) counts as the user. With an ACL the group bits are its mask, so that
 * what an ACL lets others write counts as writable by the group (acl(5)).
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

/** The shell command that gives a path back to whom it must belong to, and takes from all others the right to write there. */
export function mendingCommand(
  { path, kind, facts: { uid, mode } }: { readonly path: string; readonly kind: 'link' | 'other'; readonly facts: Pick<EntryFacts, 'uid' | 'mode'> },
  who: Truster,
): string {
  const word = printableShellWord(path)
  const owner = who.uid === 0 ? 'root:root' : `${who.uid}:${who.gid}`
  const chown = uid === 0 || uid === who.uid ? [] : [`chown ${kind === 'link' ? '-h ' : ''}${owner} ${word}`]
  const chmod = kind === 'link' || (mode & 0o022) === 0 || (mode & 0o1000) !== 0 ? [] : [`chmod go-w ${word}`]
  return [...chown, ...chmod].join(' && ')
}

/** The shell command that mends it. */
export function commandAgainst(path: string, distrust: Distrust, who: Truster): string {
  const word = printableShellWord(path)
  if (distrust === 'owner') return `chown -h ${who.uid}:${who.gid} ${word}`
  return distrust === 'group-writable' ? `chmod g-w ${word}` : `chmod o-w ${word}`
}
