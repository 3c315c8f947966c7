import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openFolder } from '../../files/folder.ts'
import { centralHeader, endRecords, localHeader, type ZipMember } from './zip-records.ts'
import { zipWriter } from './zip-writer.ts'

const LIST =
  'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print([(i.filename,i.file_size,i.header_offset) for i in z.infolist()][-2:], len(z.infolist()))'

describe('zipWriter', () => {
  it('holds more entries than 16 bits count, and forgets one that failed', async (t) => {
    const top = mkdtempSync(join(tmpdir(), 'zip-many-'))
    t.after(() => rmSync(top, { recursive: true }))
    const path = join(top, 'many.zip')
    const fd = openSync(path, 'w+')
    const zip = await zipWriter(fd, { folder: await openFolder(top), name: 'directory' })
    const entry = { mode: 0o100644, mtime: new Date(1e12), method: 0, expectedBytes: 1 }
    for (let index = 0; index < 66_000; index++) {
      await zip.add({ ...entry, name: Buffer.from(`f${index}`) }, async (body) => {
        body.count(Buffer.from('x'))
        if (index > 3) return
        await body.write(Buffer.from('x'))
      })
    }
    await assert.rejects(
      zip.add({ ...entry, name: Buffer.from('failed') }, async (body) => {
        await body.write(Buffer.alloc(1000, 7))
        throw new Error('broken')
      }),
    )
    await zip.finish()
    closeSync(fd)
    assert.match(execFileSync('python3', ['-c', LIST, path], { encoding: 'utf8' }), /\('f65999', 1, \d+\)\] 66000/u)
  })

  it('holds members and offsets above 4 GiB', (t) => {
    const top = mkdtempSync(join(tmpdir(), 'zip-large-'))
    t.after(() => rmSync(top, { recursive: true }))
    const path = join(top, 'large.zip')
    const fd = openSync(path, 'w+')
    const size = 5 * 2 ** 30
    const member: ZipMember = {
      name: Buffer.from('large'),
      method: 0,
      crc: 0,
      packedBytes: size,
      bytes: size,
      offset: 0,
      mode: 0o100644,
      mtime: new Date(1e12),
      isLarge: true,
    }
    const second: ZipMember = {
      ...member,
      name: Buffer.from('small'),
      packedBytes: 0,
      bytes: 0,
      isLarge: false,
      offset: localHeader(member).length + size,
    }
    writeSync(fd, localHeader(member), 0, undefined, 0)
    // A hole: nothing of it takes space.
    ftruncateSync(fd, second.offset)
    const rest = Buffer.concat([localHeader(second)])
    const directory = Buffer.concat([centralHeader(member), centralHeader(second)])
    const offset = second.offset + rest.length
    writeSync(fd, Buffer.concat([rest, directory, endRecords({ count: 2, offset, bytes: directory.length })]), 0, undefined, second.offset)
    closeSync(fd)
    assert.match(execFileSync('python3', ['-c', LIST, path], { encoding: 'utf8' }), /\('large', 5368709120, 0\), \('small', 0, 53687091\d\d\)\] 2/u)
    assert.match(execFileSync('unzip', ['-Z', path], { encoding: 'utf8' }), /5368709120/u)
  })
})
