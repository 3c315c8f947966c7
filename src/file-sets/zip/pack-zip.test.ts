import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { archiveFiles, archiveStep, archiveWork } from '../../../test/support/archive.ts'
import { kristaTree } from '../../../test/support/krista-tree.ts'
import { withProcesses } from '../../../test/support/with-processes.ts'
import { openFolder } from '../../files/folder.ts'
import type { ArchiveStep } from '../../plan/dated-files.ts'
import type { Processes } from '../../process/processes.ts'
import { createByteFile } from '../byte-file.ts'
import { makeArchive } from '../make/make-archive.ts'
import { packZip } from './pack-zip.ts'

// A reader that is not ours: names, methods, modes, local times, contents; every checksum is tested.
const READ = `
import json,sys,zipfile
z=zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename,i.compress_type,oct(i.external_attr>>16),list(i.date_time),z.read(i).decode('latin1') if i.file_size<100 else i.file_size] for i in z.infolist()]))
`

let top: string
let source: string
let processes: Processes

withProcesses('zip', (opened) => {
  ;({ folder: top, processes } = opened)
  source = join(top, 'src')
  kristaTree(source)
})

type Member = readonly [name: string, method: number, mode: string, time: readonly number[], content: string | number]

async function make(changes: Partial<ArchiveStep> = {}, failpoint?: (point: string) => void) {
  const target = `${source}-out`
  const told = archiveWork(processes, '2026-03-01T02:40:00', failpoint ? { failpoint } : {})
  const step = archiveStep(source, target, {
    container: 'zip',
    compression: 'deflate',
    files: archiveFiles(target, 0, { extension: 'zip' }),
    ...changes,
  })
  await makeArchive(step, told.work)
  const path = join(target, '0/etc-20260301_024000-0.zip')
  const members = JSON.parse(execFileSync('python3', ['-c', READ, path], { encoding: 'utf8' })) as Member[]
  return {
    ...told,
    path,
    members: new Map(members.map((it) => [it[0], it])),
    list: readFileSync(join(target, '0/etc-20260301_024000-0.list'), 'utf8'),
  }
}

describe('packZip', () => {
  it('holds folders, files with modes and times, what links to files point to, other links as links', async () => {
    const { members, path } = await make()
    const time = new Date(1_700_000_000_000)
    const local = [time.getFullYear(), time.getMonth() + 1, time.getDate(), time.getHours(), time.getMinutes(), time.getSeconds()]
    assert.deepEqual(members.get('файл.txt'), ['файл.txt', 8, '0o100644', local, Buffer.from('кир').toString('latin1')])
    assert.deepEqual(members.get('x/')?.slice(0, 3), ['x/', 0, '0o40755'])
    assert.deepEqual(members.get('link_to_file')?.[4], 'hello\n')
    assert.deepEqual(members.get('link_to_dir')?.slice(2, 3), ['0o120777'])
    assert.equal(members.get('broken')?.[4], '/nonexistent')
    execFileSync('zip', ['-T', path])
  })

  it('has the methods of bzip2 and LZMA', async () => {
    writeFileSync(join(source, 'large'), Buffer.alloc(3_000_000, 'abc'))
    for (const [compression, method] of [
      ['bzip2', 12],
      ['lzma', 14],
    ] as const) {
      const { members } = await make({ compression, overwrite: true })
      assert.deepEqual([members.get('one.txt')?.[1], members.get('one.txt')?.[4]], [method, 'hello\n'])
      assert.deepEqual([members.get('large')?.[1], members.get('large')?.[4]], [method, 3_000_000])
    }
  })

  it('does not open pipes, and stores the nearest supported times', async () => {
    execFileSync('mkfifo', [join(source, 'pipe')])
    utimesSync(join(source, 'one.txt'), 157_766_400, 157_766_400)
    utimesSync(join(source, 'data/d1'), 4_400_000_000, 4_400_000_000)
    const { members, notes, list } = await make()
    assert.deepEqual(members.get('one.txt')?.[3], [1980, 1, 1, 0, 0, 0])
    assert.deepEqual(members.get('data/d1')?.[3]?.slice(0, 3), [2107, 12, 31])
    assert.deepEqual(notes, [])
    assert.doesNotMatch(list, /,pipe$/mu)
    assert.match(list, /^157766400\.0,6,one\.txt$/mu)
  })

  it('is complete with the length that was read if a file shrinks or grows', async () => {
    writeFileSync(join(source, 'shrinks'), Buffer.alloc(3_000_000, 1))
    writeFileSync(join(source, 'grows'), 'x')
    writeFileSync(join(source, 'gone'), 'x')
    const { members, notes, list } = await make({}, (point) => {
      if (point !== 'archive-scanned') return
      truncateSync(join(source, 'shrinks'), 1_500_000)
      writeFileSync(join(source, 'grows'), Buffer.alloc(2_000_000, 2))
      rmSync(join(source, 'gone'))
    })
    assert.equal(members.get('shrinks')?.[4], 1_500_000)
    assert.equal(members.get('grows')?.[4], 2_000_000)
    assert.equal(members.has('gone'), false)
    assert.match(notes.join(), /"gone" could not be packed/u)
    assert.doesNotMatch(list, /,gone$/mu)
  })

  it('does not attribute a failed write to a source file', async () => {
    const { dev, ino } = statSync(join(source, 'one.txt'))
    // Nothing lies at the address 0: each write there is an EIO.
    const fd = openSync('/proc/self/mem', 'r+')
    try {
      for (const compression of ['deflate', 'bzip2', 'lzma'] as const) {
        const step = archiveStep(source, top, { container: 'zip', compression })
        const { work, notes } = archiveWork(processes, '2026-03-01T02:40:00')
        for (const name of ['names', 'directory']) rmSync(join(top, name), { force: true })
        const list = await createByteFile({ folder: await openFolder(top), name: 'names' })
        list.add(`f1600000000.0000000000 6 ${dev} ${ino} 0 0 one.txt\0`)
        const pack = { uids: new Set<number>(), gids: new Set<number>() }
        const packing = packZip({ step, source: await openFolder(source), pack, list, fd, lockFd: fd, onFailed: () => undefined }, work)
        await assert.rejects(packing.finish(), { code: 'archive/system', message: /EIO/u })
        await packing.stop()
        assert.deepEqual(notes, [])
      }
    } finally {
      closeSync(fd)
    }
  })

  it('stores names of any bytes as they are', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${source}/bad`), Buffer.from([0xe4])]), 'x')
    const { path } = await make()
    assert.ok(readFileSync(path).includes(Buffer.from([0x62, 0x61, 0x64, 0xe4])))
    execFileSync('zip', ['-T', path])
  })
})
