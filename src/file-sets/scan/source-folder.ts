import { isAbsent } from '../../files/entries.ts'
import { closeFolder, type Folder, folderAt } from '../../files/folder.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { closeWalked, walkPath } from '../../files/trust/trusted-path.ts'
import { type FolderCall, refuseForeignLink } from '../archive-folder.ts'
import { ArchiveError } from '../errors.ts'

/**
 * Opens the folder to be packed; its path contains no links. All entries are opened from here. Its owner does not matter, but a link of another user
 * on the path is rejected, because that user could have any folder packed. Rejects with `archive/no-source` or `archive/unsafe`.
 */
async function openSource(path: string, call: Pick<FolderCall, 'trustsFolders'>): Promise<Folder> {
  const walked = await walkPath(path, ownTruster()).catch((error: unknown) => {
    if (isAbsent(error)) throw noSource(`source folder "${path}" not found`)
    throw error
  })
  try {
    if (call.trustsFolders !== true) refuseForeignLink(path, walked.problems)
    if (walked.kind !== 'folder') throw noSource(`"${path}" is not a folder`)
    return await folderAt(walked.fd, walked.realPath)
  } finally {
    await closeWalked(walked)
  }
}

/** Opens the source for `work`, and closes it afterwards. */
export async function withSource<T>(path: string, call: Pick<FolderCall, 'trustsFolders'>, work: (source: Folder) => Promise<T>): Promise<T> {
  const source = await openSource(path, call)
  try {
    return await work(source)
  } finally {
    await closeFolder(source)
  }
}

function noSource(message: string): ArchiveError {
  return new ArchiveError('no-source', message, { hint: 'Correct the path of the source, or mount its file system.' })
}
