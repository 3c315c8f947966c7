import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { temporaryFolder } from '../../../../test/support/localfs.ts'
import type { ContentEntry } from '../entry.ts'
import { readPaxRecords } from './read-tar-header.ts'
import { scanTar } from './scan-tar.ts'

function scan(archive: Buffer, portion = archive.length): { readonly entries: ContentEntry[]; readonly fault: string | undefined } {
  const entries: ContentEntry[] = []
  const scanner = scanTar((entry) => entries.push(entry))
  for (let at = 0; at < archive.length; at += portion) scanner.see(archive.subarray(at, at + portion))
  return { entries, fault: scanner.end() }
}

const LONG = 'x'.repeat(150)

function plant(t: TestContext): string {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'etc', LONG), { recursive: true })
  writeFileSync(join(folder, 'etc/hosts'), 'localhost\n', { mode: 0o640 })
  utimesSync(join(folder, 'etc/hosts'), 1_600_000_000, 1_600_000_000.25)
  writeFileSync(join(folder, 'etc', LONG, `é ${LONG}`), 'x')
  writeFileSync(join(folder, 'etc/line\nbreak'), '')
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/etc/raw-`), Buffer.from([0xff])]), '')
  symlinkSync('hosts', join(folder, 'etc/link'))
  execFileSync('sh', ['-c', 'echo one >one; ln one two'], { cwd: join(folder, 'etc') })
  writeFileSync(join(folder, 'etc/holes'), 'begin')
  truncateSync(join(folder, 'etc/holes'), 300_000)
  execFileSync('mkfifo', ['pipe'], { cwd: join(folder, 'etc') })
  return folder
}

const tar = (folder: string, ...args: string[]) => execFileSync('tar', ['-c', '-f', '-', ...args], { cwd: folder, maxBuffer: 1e9 })

describe('scanTar', () => {
  for (const [format, ...args] of [
    ['posix', '--sparse', '--xattrs'],
    ['posix', '--sparse', '--sparse-version=0.1'],
    ['gnu', '--sparse'],
    ['oldgnu'],
    ['posix', '--sort=name', '--incremental'],
  ] as const)
    it(`finds what tar finds: ${format} ${args.join(' ')}`, (t) => {
      const archive = tar(plant(t), `--format=${format}`, ...args, './etc')
      const names = execFileSync('tar', ['-tf', '-', '--quoting-style=literal', '--null', '--show-transformed-names'], {
        input: archive,
        encoding: 'latin1',
      })
      for (const portion of [archive.length, 1000, 512, 7]) {
        const { entries, fault } = scan(archive, portion)
        assert.equal(fault, undefined)
        const found = entries.map(({ path, rawPath }) =>
          (rawPath === undefined ? Buffer.from(path) : Buffer.from(rawPath, 'base64')).toString('latin1'),
        )
        assert.deepEqual(
          found.toSorted(),
          names
            .replaceAll(/\n(?!\.\/|$)/gu, '\u0001')
            .trimEnd()
            .split('\n')
            .map((name) => name.replaceAll('\u0001', '\n').replace(/^\.\//u, '').replace(/\/$/u, ''))
            .toSorted(),
        )
        const at = (path: string) => entries.find((it) => it.path === path)
        assert.deepEqual([at('etc')?.kind, at('etc/hosts')?.bytes, at('etc/holes')?.bytes], ['folder', 10, 300_000])
        assert.deepEqual([at('etc/link')?.target, at('etc/pipe')?.kind], ['hosts', 'other'])
        assert.match(at('etc/hosts')?.modified ?? '', /^2020-09-13T12:26:40\./u)
        assert.deepEqual([at('etc/hosts')?.mode, at('etc/hosts')?.owner !== ''], [0o640, true])
        assert.equal(entries.filter(({ isHard }) => isHard).length, 1)
        assert.ok(entries.some(({ path, rawPath }) => path === 'etc/raw-\ufffd' && rawPath !== undefined))
      }
    })

  it('passes on the contents of files, but not of sparse ones', (t) => {
    for (const args of [
      ['--format=posix', '--sparse'],
      ['--format=gnu', '--sparse'],
      ['--format=posix', '--sparse', '--sparse-version=0.0'],
    ]) {
      const archive = tar(plant(t), ...args, './etc')
      for (const portion of [archive.length, 513, 7]) {
        const contents = new Map<string, string>()
        let last = ''
        const scanner = scanTar(
          ({ path }) => {
            last = path
          },
          { onContents: (piece) => contents.set(last, (contents.get(last) ?? '') + piece.toString()) },
        )
        for (let at = 0; at < archive.length; at += portion) scanner.see(archive.subarray(at, at + portion))
        assert.equal(scanner.end(), undefined)
        assert.deepEqual(
          new Map([...contents].filter(([path]) => !path.includes('xxx'))),
          new Map([
            ['etc/hosts', 'localhost\n'],
            [contents.has('etc/one') ? 'etc/one' : 'etc/two', 'one\n'],
          ]),
        )
        assert.equal(contents.get(`etc/${LONG}/é ${LONG}`), 'x')
      }
    }
  })

  it('reports an archive that is truncated anywhere, or damaged, as incomplete', (t) => {
    const archive = tar(plant(t), '--format=posix', '-b1', 'etc/hosts', 'etc/link', `etc/${LONG}`)
    const whole = scan(archive)
    assert.equal(whole.fault, undefined)
    for (let length = 0; length < archive.length - 1024; length += 256) {
      const { entries, fault } = scan(archive.subarray(0, length))
      assert.match(fault ?? '', /is truncated/u, String(length))
      assert.ok(entries.length <= whole.entries.length)
    }
    const damaged = Buffer.from(archive)
    // In the header of the first member: an extended header of two blocks is before it.
    damaged[1024 + 10] = (damaged[1024 + 10] ?? 0) ^ 1
    assert.equal(scan(damaged).fault, 'is damaged: the header after 0 members is invalid')
    assert.match(scan(Buffer.alloc(1024, 7)).fault ?? '', /is damaged: the header after 0 members is invalid/u)
    assert.match(scan(Buffer.alloc(0)).fault ?? '', /is truncated/u)
  })

  it('is not led to keep much by large headers and sizes', () => {
    const python = (script: string) =>
      execFileSync(
        'python3',
        ['-c', `import sys, tarfile, io\nt = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT)\n${script}\nt.close()`],
        {
          maxBuffer: 1e9,
        },
      )
    const named = (length: number) => `i = tarfile.TarInfo('n' * ${length}); t.addfile(i)`
    const long = scan(python(`${named(100_000)}\n${named(3)}`), 4096)
    assert.deepEqual([long.entries.map(({ path }) => path), long.fault?.includes('1 members whose names are longer')], [['nnn'], true])
    const larger = scan(python(`${named(4_500_000)}\n${named(3)}`), 65_536)
    assert.match(larger.fault ?? '', /has an extended header of \d+ bytes/u)
    const huge = python(`i = tarfile.TarInfo('huge'); i.size = 2**50; t.fileobj.write(i.tobuf(tarfile.GNU_FORMAT))`)
    assert.match(scan(huge).fault ?? '', /is truncated/u)
  })
  it('keeps of an extended header only what describes members, and not the header itself', () => {
    const recordOf = (text: string) => `${String(text.length + 7).padStart(5)} ${text}\n`.replace(/^ +/u, (blanks) => '0'.repeat(blanks.length))
    const names = ['path', 'GNU.sparse.name', 'uname', 'SCHILY.xattr.user.a', 'comment', 'another']
    const header = Buffer.from(names.map((name) => recordOf(`${name}=${name.repeat(4000)}`)).join(''))
    const records = readPaxRecords(header)
    assert.deepEqual(
      [...records].map(([name, value]) => [name, value.toString()]),
      [...names.slice(0, 3).map((name) => [name, name.repeat(4000)]), ['attributes', '']],
    )
    for (const value of records.values()) assert.ok(value.buffer !== header.buffer)
  })
})
