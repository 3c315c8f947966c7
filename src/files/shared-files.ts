import { embeddedFile } from '../lib/assets.ts'
import { readSmallSync } from './read-small.ts'

/** Reads a file that belongs to the program, from the executable or from its folder. */
export function readShared(path: string): Buffer {
  return embeddedFile(path) ?? readSmallSync(path)
}
