import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { skipHere } from '../support/requires.ts'
import type { Place } from './place.ts'

const OLD_SETS = ['2022-01-01T00:00:00+00:00', '2022-01-02T00:00:00+00:00', '2022-01-03T00:00:00+00:00']

/** Three old sets of 1000 bytes each, as the ancestor left them: files of 600 and 400 bytes and a link that leads out. Gives their names. */
export function oldSets(root: string): readonly string[] {
  for (const name of OLD_SETS) {
    mkdirSync(join(root, name, 'sub'), { recursive: true })
    writeFileSync(join(root, name, 'x'), Buffer.alloc(600))
    writeFileSync(join(root, name, 'sub/y'), Buffer.alloc(400))
    symlinkSync('/etc/passwd', join(root, name, 'link'))
  }
  return OLD_SETS
}

/** Things of other people in a root: a folder that sorts first, one that sorts last, a file and a link to a folder. */
export function foreignThings(root: string, elsewhere: string): readonly string[] {
  mkdirSync(join(root, '0-photos'), { recursive: true })
  writeFileSync(join(root, '0-photos/one.jpg'), 'photo')
  mkdirSync(join(root, 'lost+found'))
  writeFileSync(join(root, 'README'), 'do not\n')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'precious'), 'precious')
  symlinkSync(elsewhere, join(root, '1-link'))
  return ['0-photos', '1-link', 'README', 'lost+found']
}

/** A small tree to be archived: a file, a link to it, a folder with a file that does not compress. */
export function smallTree(folder: string): void {
  mkdirSync(join(folder, 'd'), { recursive: true })
  writeFileSync(join(folder, 'a'), 'a\n')
  symlinkSync('a', join(folder, 'l'))
  writeFileSync(join(folder, 'd/r'), randomBytes(300_000))
}

/** Mounts a small file system in memory for the rest of the test. False, with the test skipped, where that is not allowed. */
export function smallDisk(t: TestContext, place: Place, { folder, options }: { readonly folder: string; readonly options: string }): boolean {
  mkdirSync(folder, { recursive: true })
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { encoding: 'utf8' })
  if (status !== 0) {
    skipHere(t, `cannot mount a tmpfs here: ${stderr.trim()}`)
    return false
  }
  place.atEnd(() => unmountBelow(place.top))
  return true
}

/** Unmounts whatever is mounted below a folder: a folder may have been renamed with what is mounted in it. */
export function unmountBelow(folder: string): void {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const point = line.split(' ')[4] ?? ''
    if (point.startsWith(`${folder}/`)) spawnSync('umount', ['-l', point])
  }
}
