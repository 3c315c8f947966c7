import { entriesOf } from '../../files/entries.ts'
import type { Folder } from '../../files/folder.ts'

// The files of a dump in the format `directory`: pg_backup_directory.c of PostgreSQL.
const OF_PG_DUMP = /^(?:toc\.dat|\d+\.dat|blobs(?:_\d+)?\.toc|blob_\d+\.dat)(?:\.(?:gz|lz4|zst))?$/u

/** Whether an open folder contains only files with the names that pg_dump uses, as does the rest of a dump whose removal was interrupted. */
export async function isDumpFolder(folder: Folder): Promise<boolean> {
  return (await entriesOf(folder)).every((entry) => entry.isFile() && OF_PG_DUMP.test(entry.name.toString()))
}
