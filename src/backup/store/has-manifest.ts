import { openRegularIn } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolderIn } from '../../files/folder.ts'
import { HEAD_BYTES, isManifestHead } from '../set/manifest-text.ts'
import { METADATA_FOLDER } from '../set/metadata-paths.ts'

/** Whether an open folder contains the manifest of a set. */
export async function hasManifest(tree: Folder): Promise<boolean> {
  if (await isManifestIn(tree)) return true
  const metadata = await openFolderIn(tree, METADATA_FOLDER).catch(() => undefined)
  if (metadata === undefined) return false
  try {
    return await isManifestIn(metadata)
  } finally {
    await closeFolder(metadata)
  }
}

async function isManifestIn(folder: Folder): Promise<boolean> {
  const file = await openRegularIn(folder, 'manifest.json')
  if (file === undefined) return false
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0)
    return isManifestHead(head.toString('utf8', 0, bytesRead))
  } finally {
    await file.close()
  }
}
