import { constants, fstatSync, lstatSync, openSync, readlinkSync, type Stats } from 'node:fs'
import type { EntryName } from '../folder.ts'

// For the packer, which processes millions of files: a bare name, resolved from the working folder, takes the kernel half the time of
// `/proc/self/fd/N/name`. The main program never changes its working folder.

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants

/** Makes an open folder the working folder of the process: the names in the functions below are its entries. */
export function enterFolder(fd: number): void {
  process.chdir(`/proc/self/fd/${fd}`)
}

/** Opens a folder in the working folder; a link is not followed. */
export function openFolderHere(name: EntryName): number {
  return openSync(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK)
}

/** Opens an entry of the working folder for reading; a link is not followed, and opening never blocks. Check its type before reading. */
export function openHere(name: EntryName): number {
  return openSync(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
}

/** The facts of an entry of the working folder; of a link itself, not of its target. */
export function statHere(name: EntryName): Stats {
  return lstatSync(name)
}

/** The modification time of an entry of the working folder, or of an open file, in nanoseconds. */
export function exactTimeOf(entry: EntryName | number): bigint {
  return (typeof entry === 'number' ? fstatSync(entry, { bigint: true }) : lstatSync(entry, { bigint: true })).mtimeNs
}

export function readLinkHere(name: EntryName): Buffer {
  return readlinkSync(name, 'buffer')
}
