import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('the runner of tests', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'run-tests-'))
    mkdirSync(join(folder, 'node_modules'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const plant = (name: string, body: string) =>
    writeFileSync(
      join(folder, `${name}.test.mjs`),
      `import { it } from 'node:test'; import { spawnSync } from 'node:child_process'; import assert from 'node:assert/strict'\n${body}\n`,
    )
  const start = (minutes: string) => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    return spawnSync(process.execPath, ['tools/run-tests.ts', `${folder}/*.test.mjs`], {
      cwd: root,
      encoding: 'utf8',
      env: { ...env, HOLDFAST_TEST_LIMIT: minutes },
    })
  }

  it('succeeds if all tests succeed, and passes one measure of the machine to them', () => {
    plant('one', `it('sees', () => assert.ok(Number(process.env.HOLDFAST_SLOWNESS) >= 1))`)
    plant('two', `it('is well', () => {})`)
    const { status, stdout } = start('10')
    assert.equal(status, 0, stdout)
    assert.match(stdout, /✔ sees[\s\S]*tests 2/u)
  })

  it('fails when one does', () => {
    plant('one', `it('is bad', () => assert.fail('so bad'))`)
    plant('two', `it('is well', () => {})`)
    const { status, stdout } = start('10')
    assert.equal(status, 1)
    assert.match(stdout, /so bad/u)
  })

  it('ends a file that hangs, whether it listens or not, and runs the others', () => {
    plant('blocks', `it('sleeps', () => spawnSync('sleep', ['1000']))`)
    plant('waits', `it('waits for ever', () => new Promise((resolve) => setTimeout(resolve, 1e9)))`)
    plant('other', `it('is well', () => {})`)
    const { status, stdout, stderr } = start('0.1')
    assert.equal(status, 1)
    assert.match(stderr, /blocks\.test\.mjs: ended because no test finished for 0\.1 minutes/u)
    assert.match(stderr, /waits\.test\.mjs: ended because no test finished for 0\.1 minutes, in: waits for ever\n/u)
    assert.match(stdout, /✔ is well/u)
  })
})
