import { join } from 'node:path'
import { SHARE } from '../../lib/assets.ts'
import { fileExists } from './load-plan.ts'

/** The schema of configurations for editors, if it is installed on this host: in the folder of the program, or where packages have it. */
export async function schemaFile(): Promise<string | undefined> {
  for (const path of [join(SHARE, 'holdfast.schema.json'), '/usr/share/holdfast/holdfast.schema.json']) if (await fileExists(path)) return path
  return undefined
}
