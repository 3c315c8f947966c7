import type { FileHandle } from 'node:fs/promises'
import { readlink } from 'node:fs/promises'
import { type EntryName, type Folder, pathIn } from '../../files/folder.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { closeWalked, openWalked, ownerOfLink, walkPath } from '../../files/trust/trusted-path.ts'
import { whyUnreadable } from './pack-record.ts'

/** What a link leads to: a file, open; something else or nothing; a file that the owner of a link on the way might not be allowed to read. */
export type LinkTarget = { readonly kind: 'file'; readonly file: FileHandle } | { readonly kind: 'other' | 'closed' }

/**
 * Opens the file that a link in an open folder leads to. We may read more than who made the link, so it is followed only where that cannot matter: each link on
 * the way is root's, ours, or that of the owner of the file, or everybody may read the file.
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
