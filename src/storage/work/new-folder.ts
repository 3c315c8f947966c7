import { type Folder, openFolderIn, shownIn } from '../../files/folder.ts'
import { mkdirIn } from '../../files/make-folder.ts'
import { systemCode } from '../../lib/errors.ts'
import { naming, storageErrorOf } from '../system-errors.ts'

/**
 * Makes a folder in the work area and opens it. One run may come back to a root while a leftover of its own is still there (an expired set that could not be
 * deleted): then it gets a number behind its name.
 */
export async function makeNewFolder(area: Folder, wanted: string): Promise<{ readonly folder: Folder; readonly name: string }> {
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? wanted : `${wanted}.${attempt}`
    try {
      await mkdirIn(area, name)
    } catch (error) {
      if (systemCode(error) === 'EEXIST') continue
      throw storageErrorOf(error, 'create the folder', shownIn(area, name))
    }
    return { folder: await naming('open', shownIn(area, name), () => openFolderIn(area, name)), name }
  }
}
