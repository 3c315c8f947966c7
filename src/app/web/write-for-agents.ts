import { closeFolderSync } from '../../files/folder.ts'
import { openTargetSync } from '../../files/open-by-path.ts'
import { replaceFileInSync } from '../../files/write-small.ts'

/** Replaces the contents of a file that agents of monitoring systems read, by a rename: they see either the old or the new text. */
export function writeForAgents(path: string, text: string): void {
  const { folder, name } = openTargetSync(path)
  try {
    replaceFileInSync(folder, name, text, { mode: 0o644 })
  } finally {
    closeFolderSync(folder)
  }
}
