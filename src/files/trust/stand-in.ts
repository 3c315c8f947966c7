import { constants, fstatSync, lstatSync, openSync, readlinkSync, type Stats } from 'node:fs'
import type { EntryName } from '../folder.ts'

// For a program of its own that looks at millions of files: a bare name, looked up from the working folder, costs the kernel half of what
// `/proc/self/fd/N/name` does. The main program never changes its working folder.

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants

/** Makes an open folder the working folder of the process: the names of the functions below are entries of it. */
export function standIn(fd: number): void {
  process.chdir(`/proc/self/fd/${fd}`)
}

/** Opens a folder of the working folder; a link is not followed. */
export function openFolderHere(name: EntryName): number {
  return openSync(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK)
}

/** Opens something of the working folder for reading; a link is not followed, and nobody is waited for. Look what it is before reading. */
export function openHere(name: EntryName): number {
  return openSync(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
}

/** What an entry of the working folder is; a link itself, not what it leads to. */
export function statHere(name: EntryName): Stats {
  return lstatSync(name)
}

/** The modification time of an entry of the working folder, or of what a descriptor is open on, to the nanosecond. */
export function exactTimeOf(entry: EntryName | number): bigint {
  return (typeof entry === 'number' ? fstatSync(entry, { bigint: true }) : lstatSync(entry, { bigint: true })).mtimeNs
}

export function readLinkHere(name: EntryName): Buffer {
  return readlinkSync(name, 'buffer')
}
