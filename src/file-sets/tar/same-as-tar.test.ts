import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { archiveStep, archiveWork } from '../../../test/support/archive.ts'
import { requires } from '../../../test/support/requires.ts'
import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'
import { makeArchive } from '../make/make-archive.ts'
import { tarOutput } from './tar-output.ts'
import { MEMBER, writeHeader } from './write-tar-header.ts'

// GNU tar as it was used before: the same tree must look the same.
const REFERENCE = ['--create', '--format=posix', '--pax-option=delete=atime,delete=ctime', '--no-recursion', '--null']
// A reader of another author: everything it knows of each member.
const READ = `
import sys,tarfile
for m in tarfile.open(sys.argv[1], errors='surrogateescape'):
  print(ascii((m.name,m.type,oct(m.mode),m.uid,m.gid,m.uname,m.gname,m.size,m.mtime,m.linkname,m.devmajor,m.devminor)))
`

let top: string
let source: string
let processes: Processes

before(() => {
  top = mkdtempSync(join(tmpdir(), 'same-as-tar-'))
  source = join(top, 'source')
  mkdirSync(source)
  processes = openProcesses({ runId: `same-${process.pid}` })
})

after(async () => {
  await processes.close()
  rmSync(top, { recursive: true })
})

/** One of everything that a tar file can say. */
function oddTree(): void {
  const at = (name: string) => join(source, name)
  writeFileSync(at('plain'), 'x'.repeat(1000), { mode: 0o4755 })
  writeFileSync(at('empty'), '')
  writeFileSync(at('block'), Buffer.alloc(512, 1))
  writeFileSync(at('large'), Buffer.alloc(1_500_001, 'abc'))
  for (const length of [99, 100, 101, 200, 255]) writeFileSync(at('n'.repeat(length)), String(length))
  const deep = ['d'.repeat(120), 'e'.repeat(120), 'f'.repeat(80)].join('/')
  mkdirSync(at(deep), { recursive: true })
  writeFileSync(at(`${deep}/${'g'.repeat(90)}`), 'deep')
  writeFileSync(at('файл'), 'кир')
  writeFileSync(Buffer.concat([Buffer.from(`${source}/bad`), Buffer.from([0xff, 0x0a, 0x5c])]), 'x')
  for (const name of ['-C', ' blank ', 'new\nline', '"q"', "a'b", 'tab\t']) writeFileSync(at(name), name)
  mkdirSync(at('folder'), { mode: 0o1777 })
  chmodSync(at('folder'), 0o1777)
  mkdirSync(at('folder/empty'), { mode: 0o700 })
  linkSync(at('plain'), at('folder/hard'))
  linkSync(at('plain'), at('zhard'))
  linkSync(at('n'.repeat(200)), at('long-hard'))
  symlinkSync('plain', at('link'))
  symlinkSync('/nowhere/at/all', at('dangling'))
  symlinkSync('folder', at('link-to-folder'))
  symlinkSync('t'.repeat(150), at('long-link'))
  symlinkSync('цель', at('link-кир'))
  execFileSync('mkfifo', ['-m', '620', at('pipe')])
  execFileSync('mknod', ['-m', '600', at('character'), 'c', '300', '70000'])
  execFileSync('mknod', ['-m', '660', at('block-device'), 'b', '8', '1'])
  chownSync(at('empty'), 65_534, 65_534)
  chownSync(at('block'), 4_000_000, 3_000_000)
  lutimesSync(at('link'), 1_500_000_000, 1_500_000_000)
  utimesSync(at('empty'), 1_600_000_000, 1_600_000_000)
  execFileSync('touch', ['-d', '2023-11-14T22:13:20.000000001Z', at('block')])
  writeFileSync(at('old'), 'x')
  execFileSync('touch', ['-d', '1969-12-31T23:59:58.25Z', at('old')])
  writeFileSync(at('older'), 'x')
  execFileSync('touch', ['-d', '1960-01-01T00:00:00Z', at('older')])
  execFileSync('touch', ['-d', '2300-01-01T00:00:00.5Z', at('large')])
}

async function ours(name: string): Promise<string> {
  const target = join(top, name)
  const told = archiveWork(processes, '2026-03-01T02:40:00')
  await makeArchive(archiveStep(source, target), told.work)
  assert.deepEqual(
    told.notes.filter((it) => !it.includes('line break')),
    [],
  )
  return join(target, '0/etc-20260301_024000-0.tar.gz')
}

function theirs(name: string): string {
  const names = execFileSync('find', ['-H', source, '-mindepth', '1', '-printf', '%P\\0'])
  const path = join(top, name)
  execFileSync('tar', [...REFERENCE, '--directory', source, '--file', path, '--files-from=-'], {
    input: names,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
  })
  return path
}

describe('the packer, beside GNU tar', { skip: requires('root', 'tar', 'python3', 'mkfifo') }, () => {
  it('makes a file that tar lists and that Python reads as the same, member by member', async () => {
    oddTree()
    const [made, reference] = [await ours('odd'), theirs('odd.tar')]
    // Links come behind the batch of entries that they were found with.
    const sorted = (text: string) => text.split('\n').toSorted()
    const listing = (path: string) => sorted(execFileSync('tar', ['-tvf', path, '--full-time', '--quoting-style=escape'], { encoding: 'utf8' }))
    assert.deepEqual(listing(made), listing(reference))
    const facts = (path: string) => sorted(execFileSync('python3', ['-c', READ, path], { encoding: 'utf8' }))
    assert.deepEqual(facts(made), facts(reference))
    const restored = join(top, 'restored')
    mkdirSync(restored)
    execFileSync('tar', ['-xpf', made, '-C', restored])
    assert.equal(execFileSync('tar', ['--compare', '--file', reference, '-C', restored, '--ignore-failed-read'], { encoding: 'utf8' }), '')
    // Full records to the end, as tar writes them.
    const length = execFileSync('gzip', ['-dc', made], { maxBuffer: 2 ** 26 }).length
    assert.equal(length % 10_240, 0)
  })

  it('writes sizes, owners and times that eight or twelve octal digits do not hold', () => {
    const path = join(top, 'large.tar')
    const fd = openSync(path, 'w')
    const output = tarOutput(fd)
    const size = 9 * 2 ** 30
    const plain = { kind: MEMBER.file, mode: 0o644, user: 'ü'.repeat(20), group: 'g'.repeat(40), nanoseconds: 0 }
    writeHeader(output, { ...plain, name: Buffer.from('huge'), uid: 2 ** 31, gid: 2 ** 32 - 2, size, seconds: 2 ** 34 })
    output.flush()
    // A hole: nothing of it takes space. The zeros after it close the file.
    ftruncateSync(fd, output.total + size + 1024)
    closeSync(fd)
    const facts = execFileSync('python3', ['-c', READ, path], { encoding: 'utf8' })
    assert.equal(
      facts,
      `('huge', b'0', '0o644', 2147483648, 4294967294, '${'\\xfc'.repeat(20)}', '${'g'.repeat(40)}', 9663676416, 17179869184.0, '', 0, 0)\n`,
    )
  })
})
