import { join } from 'node:path'
import { readSmallSync } from '../../files/read-small.ts'
import { OWN_ROOT } from '../../lib/own-root.ts'

/** The packer (`src/pack-tar.ts`, bundled): loaded with us and handed over as text, so that an upgrade in the middle of a run changes nothing of it. */
export const PACKER = readSmallSync(join(OWN_ROOT, 'share/pack-tar.mjs')).toString()
