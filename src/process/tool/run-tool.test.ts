import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { queryTool } from './run-tool.ts'

describe('a program whose output is read', () => {
  it('receives its stdin, and returns its output', async () => {
    const answer = await queryTool(['sh', '-c', 'cat; echo wrong >&2; exit 3'], { stdin: 'b\xe4\n' })
    assert.deepEqual(answer, { exitCode: 3, stdout: 'b\xe4\n', stderr: 'wrong\n' })
  })

  it('is ended if it does not end in time, also if a process of it keeps its output open', async () => {
    const { exitCode, stdout, stderr } = await queryTool(['sh', '-c', 'sleep 3600 & echo $!; wait'], { limitMs: 3000 })
    assert.match(stdout, /^\d+\n$/u)
    process.kill(Number(stdout))
    assert.equal(exitCode, undefined)
    assert.match(stderr, /"sh" timed out after 3 s$/u)
  })

  it('is ended when it talks without end', async () => {
    const { exitCode, stderr } = await queryTool(['yes'])
    assert.equal(exitCode, undefined)
    assert.match(stderr, /"yes" printed too much$/u)
  })

  it('may be missing', async () => {
    assert.equal((await queryTool(['/nowhere/program'])).exitCode, undefined)
  })
})
