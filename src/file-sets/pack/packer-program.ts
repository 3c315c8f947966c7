import { join } from 'node:path'
import { readSmallSync } from '../../files/read-small.ts'
import { SHARE } from '../../lib/assets.ts'

/** The packer (`src/pack-tar.ts`, bundled): loaded with us and handed over as text, so that an upgrade in the middle of a run changes nothing of it. */
export const PACKER = readSmallSync(join(SHARE, 'pack-tar.mjs')).toString()
