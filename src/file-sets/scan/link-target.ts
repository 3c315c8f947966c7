import type { FileHandle } from 'node:fs/promises'
import { readlink } from 'node:fs/promises'
import { type EntryName, type Folder, pathIn } from '../../files/folder.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { closeWalked, openWalked, ownerOfLink, walkPath } from '../../files/trust/trusted-path.ts'
import { whyUnreadable } from './pack-record.ts'

/** The target of a link: an open file; something else or nothing; a file that the owner of a link on the path might not be allowed to read. */
export type LinkTarget = { readonly kind: 'file'; readonly file: FileHandle } | { readonly kind: 'other' | 'closed' }

/**
 * Opens the target of a link in an open folder, if it is a file. Holdfast may have more permissions than the creator of the link, so it is followed
 * only if each link on the path belongs to root, to this user or to the owner of the file, or if all users can read the file.
 */
export async function openLinkTarget(folder: Folder, name: EntryName, linkUid: number): Promise<LinkTarget> {
  const text = await readlink(pathIn(folder, name))
  const here = text.startsWith('/') ? '' : await readlink(`/proc/self/fd/${folder.fd}`)
  const walked = await walkPath(`${here}/${text}`, ownTruster()).catch((error: unknown) => {
    if (whyUnreadable(error) === undefined) throw error
    return undefined
  })
  if (walked === undefined) return { kind: 'other' }
  try {
    if (walked.kind !== 'file') return { kind: 'other' }
    const trusted = new Set([0, ownTruster().uid, walked.uid])
    const isOurs = [ownerOfLink(linkUid, folder.facts, ownTruster()), ...walked.links].every((uid) => trusted.has(uid))
    return isOurs || walked.isOpenToAll ? { kind: 'file', file: await openWalked(walked) } : { kind: 'closed' }
  } finally {
    await closeWalked(walked)
  }
}
