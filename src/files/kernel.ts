import { mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs'

// What the kernel itself shows as files: /proc, /sys, a mounted hierarchy of cgroups. Nobody can put anything there, and nothing is read from a device.

/** A file that the kernel makes while it is read. */
export function readKernelText(path: string): string {
  return readFileSync(path, 'latin1')
}

/** Opens what a descriptor of another process is open on: `/proc/PID/fd/N`. The caller closes it. */
export function openKernelLink(path: string, flags: number): number {
  return openSync(path, flags)
}

/**
 * Where `/proc` shows this process to others, its children among them. Not always by the number that we know: in a pid namespace made without a `/proc` of its
 * own, another process has that one there.
 */
export function ownProcFolder(): `/proc/${string}` {
  return `/proc/${readlinkSync('/proc/self')}`
}

/** The names in a folder of the kernel's. */
export function readKernelNames(path: string): readonly string[] {
  return readdirSync(path)
}

export function readKernelSubfolders(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
}

/** Tells the kernel something by one of its files, which must be there. */
export function writeKernelText(path: string, text: string): void {
  writeFileSync(path, text, { flag: 'r+' })
}

/** Asks the kernel for something that it shows as a folder: a cgroup. */
export function makeKernelFolder(path: string): void {
  mkdirSync(path)
}

export function removeKernelFolder(path: string): void {
  rmdirSync(path)
}
