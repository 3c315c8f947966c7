import assert from 'node:assert/strict'
import { closeSync, readSync, writeSync } from 'node:fs'
import { describe, it } from 'node:test'
import { borrowedPipes } from './borrowed-pipes.ts'
import { closePipe } from './pipe-ends.ts'

describe('borrowed pipes', () => {
  it('are pipes, every time and all of them, with three ends that work', async () => {
    // Often, since what is looked at belongs to processes that are just starting.
    for (let round = 0; round < 20; round++) {
      const pipes = await borrowedPipes(24)
      assert.equal(new Set(pipes.map(({ name }) => name)).size, 24)
      for (const pipe of pipes) {
        assert.match(pipe.name, /^pipe:\[\d+\]$/u)
        writeSync(pipe.writeFd, 'hello')
        const buffer = Buffer.alloc(10)
        assert.equal(readSync(round % 2 === 0 ? pipe.readFd : pipe.keeperFd, buffer), 5)
        closePipe(pipe)
      }
    }
  })

  it('end when their last writer closes', async () => {
    const [pipe] = await borrowedPipes(1)
    assert.ok(pipe)
    closeSync(pipe.writeFd)
    assert.equal(readSync(pipe.readFd, Buffer.alloc(1)), 0)
    closeSync(pipe.readFd)
    closeSync(pipe.keeperFd)
  })
})
