import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fdOutput } from './output.ts'

describe('fdOutput', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'output-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** Both ends of a pipe; the write end blocks, as an inherited one does. */
  function makePipe() {
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return { readFd, writeFd: openSync(path, constants.O_WRONLY) }
  }

  function readAll(fd: number): string {
    const chunks: Buffer[] = []
    const buffer = Buffer.alloc(65_536)
    for (;;) {
      try {
        const length = readSync(fd, buffer)
        if (length === 0) break
        chunks.push(Buffer.from(buffer.subarray(0, length)))
      } catch {
        break
      }
    }
    return Buffer.concat(chunks).toString()
  }

  it('appends to a file at the position of its descriptor', async () => {
    const path = join(folder, 'file')
    const fd = openSync(path, 'w')
    const [first, second] = [fdOutput(fd), fdOutput(fd)]
    first.write('one\n')
    second.write('two\n')
    first.write('three\n')
    assert.equal(await first.flushed(1000), true)
    closeSync(fd)
    assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\nthree\n')
  })

  it('does not wait for a reader that sleeps, and loses nothing', async () => {
    const { readFd, writeFd } = makePipe()
    const output = fdOutput(writeFd)
    const lines = Array.from({ length: 40_000 }, (_, i) => `line ${i}\n`)
    for (const line of lines) output.write(line)
    assert.equal(await output.flushed(30), false)
    let seen = ''
    const flushed = output.flushed(300_000)
    for (let done = false; !done; ) {
      seen += readAll(readFd)
      done = await Promise.race([flushed, new Promise<false>((resolve) => setTimeout(() => resolve(false), 5))])
    }
    assert.equal(seen + readAll(readFd), lines.join(''))
    closeSync(writeFd)
    closeSync(readFd)
  })

  it('leaves the shared pipe blocking for the children', () => {
    const { readFd, writeFd } = makePipe()
    fdOutput(writeFd).write('x')
    const flags = Number.parseInt(/flags:\s+(?<octal>\d+)/u.exec(readFileSync(`/proc/self/fdinfo/${writeFd}`, 'utf8'))?.groups?.['octal'] ?? '', 8)
    assert.equal(flags & constants.O_NONBLOCK, 0)
    closeSync(writeFd)
    closeSync(readFd)
  })

  it('discards output for a closed reader', async () => {
    const { readFd, writeFd } = makePipe()
    const output = fdOutput(writeFd)
    closeSync(readFd)
    output.write('x')
    output.write('y')
    assert.equal(await output.flushed(1000), true)
    assert.equal(output.trouble(), undefined)
    closeSync(writeFd)
  })

  it('reports a full disk', () => {
    const fd = openSync('/dev/full', 'w')
    const output = fdOutput(fd)
    output.write('x')
    assert.equal(output.trouble(), 'ENOSPC')
    closeSync(fd)
  })
})
