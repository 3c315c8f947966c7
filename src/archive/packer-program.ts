import { fileURLToPath } from 'node:url'
import { readSmallSync } from '../files/read-small.ts'

/** The packer (`src/pack-tar.ts`, bundled): loaded with us and handed over as text, so that an upgrade in the middle of a run changes nothing of it. */
export const PACKER = readSmallSync(fileURLToPath(new URL('../../share/pack-tar.mjs', import.meta.url))).toString()
