import { execFileSync } from 'node:child_process'
import { lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const OLD = '2020-09-13T12:26:40Z'
const MTIME = '2023-11-14T22:13:20.123456789Z'

const FILES: Readonly<Record<string, string>> = {
  'one.txt': 'hello\n',
  'na,me.txt': 'comma\n',
  'файл.txt': 'кир',
  'x/data/d2': 'd2\n',
  'x/data/deep/d3': 'd3\n',
  'data/d1': 'd1\n',
  'sp ace/f.txt': 'sp\n',
  'a/two.txt': 'two\n',
  'a/b/three.log': 'three\n',
}

/** The tree that the recorded archives were made of: its names, sizes and times. */
export function kristaTree(folder: string): void {
  mkdirSync(join(folder, 'empty'), { recursive: true })
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  symlinkSync('one.txt', join(folder, 'link_to_file'))
  symlinkSync('a', join(folder, 'link_to_dir'))
  symlinkSync('/nonexistent', join(folder, 'broken'))
  // Only touch(1) sets nanoseconds.
  execFileSync('find', [folder, '-depth', '!', '-type', 'l', '-exec', 'touch', '-d', MTIME, '{}', '+'])
  execFileSync('touch', ['-d', OLD, join(folder, 'one.txt')])
  for (const link of ['link_to_file', 'link_to_dir', 'broken']) lutimesSync(join(folder, link), 1_650_000_000.5, 1_650_000_000.5)
}

/** Sets the time of one file, in seconds. */
export function touched(path: string, seconds: number): void {
  utimesSync(path, seconds, seconds)
}
