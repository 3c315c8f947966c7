import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { noRclone, rcloneSpec } from '../../../test/support/rclone.ts'
import { scaledMs } from '../../../test/support/time-limits.ts'
import type { RcloneStorageSpec } from '../../plan/storages/rclone-storage.ts'
import { readProcessTable } from '../../process/identity/process-table.ts'
import { openStorage } from '../open-storage.ts'
import { bodyOf, call } from '../storage.suite.ts'
import { type Storage, StorageError } from '../storage.ts'
import { obscure } from './rclone-service.ts'
import { UPLOADS, uploadName } from './upload-names.ts'

const deps = { note: (text: string) => assert.fail(text) }

describe('rclone, in case of failures', { skip: noRclone }, () => {
  let root: string
  let storage: Storage
  const open = async (changes: Partial<RcloneStorageSpec> = {}) => {
    storage = await openStorage(rcloneSpec(root, changes), deps)
  }
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'rclone-faults-'))
    await open()
  })
  afterEach(async () => {
    await storage.close()
    rmSync(root, { recursive: true })
  })
  const keys = async () => {
    const found: string[] = []
    for await (const { key } of storage.list('', call)) found.push(key)
    return found
  }
  const files = () =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((it) => it.isFile())
      .map(({ name }) => name)

  it('keeps nothing of a body that breaks, at whatever offset', async () => {
    for (const bytes of [0, 1, 1000, 65_536, 102_399, 102_400, 102_401, 1_048_576, 5_000_000]) {
      await assert.rejects(storage.put('a', breakingAfter(bytes), call), /the dump died/u, `after ${bytes}`)
      assert.deepEqual([await keys(), files()], [[], []], `after ${bytes}`)
    }
  })

  it('fails if rclone ends during an upload, keeps nothing, and continues with another process', async () => {
    const broken = storage.put(
      'a',
      doingInTheMiddle(() => process.kill(rclonePids()[0] ?? 0, 'SIGKILL')),
      call,
    )
    await assert.rejects(broken, { code: 'storage/unreachable', message: `could not store "a" on "${root}": rclone terminated` })
    assert.deepEqual(await keys(), [])
    await storage.put('b', bodyOf('x'), call)
    assert.deepEqual(await keys(), ['b'])
  })

  it('fails when rclone dies while an object is read', async () => {
    await storage.put('a', bodyOf(Buffer.alloc(20_000_000)), call)
    const body = await storage.get('a', call)
    const reading = async () => {
      for await (const _ of body) for (const pid of rclonePids()) process.kill(pid, 'SIGKILL')
    }
    await assert.rejects(reading(), { code: 'storage/unreachable', message: `could not read "a" on "${root}": rclone terminated` })
  })

  it('stops reading when all is to stop', async () => {
    await storage.put('a', bodyOf(Buffer.alloc(20_000_000)), call)
    const stop = new AbortController()
    const body = await storage.get('a', { signal: stop.signal })
    const reading = async () => {
      for await (const _ of body) stop.abort()
    }
    await assert.rejects(reading(), { code: 'storage/aborted' })
  })

  it('fails if there is no progress', async () => {
    await open({ stallMs: scaledMs(2000) })
    await storage.put('a', bodyOf('x'), call)
    const [pid = 0] = rclonePids()
    process.kill(pid, 'SIGSTOP')
    try {
      await assert.rejects(storage.put('b', bodyOf(Buffer.alloc(20_000_000)), call), {
        code: 'storage/unreachable',
        message: /no data transferred for \d+ s/u,
      })
      await assert.rejects(storage.get('a', call), { code: 'storage/unreachable', message: /no data transferred/u })
      await assert.rejects(storage.remove('a', call), { code: 'storage/unreachable', message: /no data transferred/u })
    } finally {
      process.kill(pid, 'SIGCONT')
    }
  })

  it('waits as long as the body needs', async () => {
    const stallMs = scaledMs(1500)
    await open({ stallMs })
    async function* slow() {
      yield Buffer.from('a')
      await new Promise((resolve) => setTimeout(resolve, 2 * stallMs))
      yield Buffer.from('b')
    }
    await storage.put('a', Readable.from(slow(), { objectMode: false }), call)
    assert.deepEqual(await keys(), ['a'])
  })

  it('removes what an upload of a dead process left, and leaves those of others alone', async () => {
    const own = uploadName('a/b')
    const dead = own.replace(`_${process.pid}_`, '_4194304_')
    const foreign = own.replace(/^[^_]+/u, '0123456789abcdef')
    // The machine id is that of whom this machine is a copy of.
    const copied = own.replace(/_[-0-9a-f]{36}_/u, '_00000000-0000-4000-8000-000000000000_')
    mkdirSync(join(root, UPLOADS))
    for (const name of [own, dead, foreign, copied, 'something']) writeFileSync(join(root, UPLOADS, name), 'half')
    await storage.put('a', bodyOf('x'), call)
    assert.deepEqual(readdirSync(join(root, UPLOADS)).sort(), [own, foreign, copied, 'something'].sort())
    assert.deepEqual(await keys(), ['a'])
  })

  it('rejects names that rclone would change', async () => {
    for (const key of ['a\nb', '\u001b', 'a\u007f', '\u201b']) {
      const refused = { code: 'storage/broken', message: /would change one of its characters/u }
      await assert.rejects(storage.put(key, bodyOf('x'), call), refused)
      await assert.rejects(storage.get(key, call), refused)
    }
  })

  it('reports the missing program and its package', async () => {
    const spec = rcloneSpec(root)
    await open({ program: { ...spec.program, searchPath: ['/nowhere'] } })
    await assert.rejects(keys(), { code: 'storage/unreachable', message: /"rclone".*\/nowhere/u, hint: /package "rclone"/u })
  })

  it("reports rclone's output if it does not start", async () => {
    const spec = rcloneSpec(root)
    await open({ program: { ...spec.program, argv: ['rclone', '--no-such-option'] } })
    await assert.rejects(keys(), ({ message, cause }: Error & { cause: { stderrTail: string } }) => {
      assert.match(message, /rclone did not start/u)
      assert.match(cause.stderrTail, /no-such-option/u)
      return true
    })
  })

  it('starts one rclone for all parallel calls, and again after a failed start', async () => {
    await keys()
    const [pid = 0] = rclonePids()
    process.kill(pid, 'SIGSTOP')
    const lost = keys()
    process.kill(pid, 'SIGKILL')
    await assert.rejects(lost, { code: 'storage/unreachable' })
    assert.deepEqual(await Promise.all([keys(), keys(), keys()]), [[], [], []])
    assert.equal(rclonePids().length, 1)
    await storage.close()
    let asked = 0
    const resolveSecret = async () => {
      asked += 1
      if (asked === 1) throw new StorageError('denied', 'the secret is not there yet')
      return 'x'
    }
    storage = await openStorage(rcloneSpec(root, { obscured: { RCLONE_TEST: [{ kind: 'env', name: 'PASS' }] } }), { ...deps, resolveSecret })
    await assert.rejects(keys(), { code: 'storage/denied' })
    assert.deepEqual(await keys(), [])
  })

  it('does not take a remote that fails for an empty one', async () => {
    await open({ remote: ':sftp,host=127.0.0.1,user=x,key_file=/nowhere/key:', root })
    const refused = { code: 'storage/broken', message: /failed to read private key file: .*no such file or directory/u }
    await assert.rejects(keys(), refused)
    await assert.rejects(storage.remove('a', call), refused)
    await assert.rejects(storage.get('a', call), refused)
  })

  it('lists what stays while something else is removed', async () => {
    mkdirSync(join(root, 'kept'))
    writeFileSync(join(root, 'kept/a'), 'x')
    for (let round = 0; round < 8; round++) {
      for (let count = 0; count < 100; count++) mkdirSync(join(root, `gone/${count}/deep`), { recursive: true })
      const listing = keys()
      await sleep(round)
      rmSync(join(root, 'gone'), { recursive: true })
      assert.deepEqual(await listing, ['kept/a'], `round ${round}`)
    }
  })

  it('lists nothing below a file', async () => {
    await storage.put('a/b', bodyOf('x'), call)
    for (const prefix of ['a/b/', 'a/b/c/', 'nowhere/']) for await (const { key } of storage.list(prefix, call)) assert.fail(key)
  })

  it('reports an unknown remote', async () => {
    await open({ remote: 'nope:', root: '' })
    await assert.rejects(keys(), {
      code: 'storage/broken',
      message: /^could not list the objects on ".*": rclone: didn't find section/u,
      hint: /rclone config/u,
    })
  })

  it('shows no secrets in process lists, and requires a password', async () => {
    await keys()
    const [pid = 0] = rclonePids()
    assert.equal(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), '/usr/bin/rclone\0rcd\0')
    const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => /^socket:\[(\d+)\]$/u.exec(linkOf(pid, fd))?.[1])
    const listening = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/u))
      .find(([, , , state, , , , , , inode = '']) => state === '0A' && sockets.includes(inode))
    const [address, port = ''] = listening?.[1]?.split(':') ?? []
    assert.equal(address, '0100007F', 'only this host comes to it')
    const answer = await fetch(`http://127.0.0.1:${Number.parseInt(port, 16)}/operations/list`, { method: 'POST' })
    assert.equal(answer.status, 401)
  })

  it('leaves no rclone behind', async () => {
    await keys()
    assert.equal(rclonePids().length, 1)
    await storage.close()
    assert.equal(rclonePids().length, 0)
  })
})

describe('obscure', { skip: noRclone }, () => {
  it('writes what rclone reads', () => {
    for (const text of ['', 'x', 'pässword with "quotes" and\nlines', 'y'.repeat(500)])
      assert.equal(execFileSync('rclone', ['reveal', '--', obscure(text)], { encoding: 'utf8' }), `${text}\n`)
  })
})

function breakingAfter(bytes: number): Readable {
  async function* body() {
    for (let left = bytes; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536), 'x')
    await new Promise((resolve) => setTimeout(resolve, 5))
    throw new Error('the dump died')
  }
  return Readable.from(body(), { objectMode: false })
}

function doingInTheMiddle(what: () => void): Readable {
  async function* body() {
    for (let count = 0; count < 100; count++) {
      if (count === 50) what()
      yield Buffer.alloc(100_000, 'x')
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  return Readable.from(body(), { objectMode: false })
}

function linkOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`)
  } catch {
    return ''
  }
}

function rclonePids(): readonly number[] {
  return readProcessTable()
    .filter(({ pid, parent }) => parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('rclone'))
    .map(({ pid }) => pid)
}
