import type { Part } from '../pairs/part.ts'
import { archiveLevel0, archiveLevel1 } from './archives.ts'
import { compressedObject } from './compressed-object.ts'
import { mariadb, postgresql } from './databases.ts'
import { plainObject } from './plain-object.ts'
import { restore } from './restore.ts'
import { smallObjects } from './small-objects.ts'
import { startUp } from './start-up.ts'
import { verify } from './verify.ts'

export const PARTS: readonly Part[] = [
  startUp,
  smallObjects,
  plainObject,
  compressedObject,
  restore,
  verify,
  postgresql,
  mariadb,
  archiveLevel0,
  archiveLevel1,
]
