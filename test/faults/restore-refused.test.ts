import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openSetup, type Setup } from './setup.ts'
import { configureSimple, runWell } from './simple-plan.ts'
import { cannotStrace, injected, runTraced } from './strace.ts'

const TARGETS = ['a', 'sub/b']
const MANY = 50

const CALLS = { rename: ['rename', 'renameat', 'renameat2'], fsync: ['fsync', 'fdatasync'] } as const

/** Restores over old files while the nth such call fails. Gives whether one did, and whether the restore failed. */
async function restoreWith(
  setup: Setup,
  call: keyof typeof CALLS,
  nth: number,
): Promise<{ readonly isInjected: boolean; readonly hasFailed: boolean }> {
  const to = join(setup.top, `to${nth}`)
  mkdirSync(join(to, 'sub'), { recursive: true })
  for (const target of TARGETS) writeFileSync(join(to, target), `old ${target}`)
  const args = ['-q', 'restore', 'default', 'latest', '--to', to, '--overwrite']
  const { code, stderr, traced } = await runTraced(setup, args, { calls: CALLS[call], inject: [`${call}:error=EIO:when=${nth}`] })
  const hasFailed = code !== 0
  const isNew = TARGETS.map((target) => readFileSync(join(to, target), 'utf8') !== `old ${target}`)
  assert.deepEqual(isNew, hasFailed ? [false, false] : [true, true], stderr)
  assert.deepEqual([readdirSync(to), readdirSync(join(to, 'sub'))], [['a', 'sub'], ['b']], stderr)
  if (hasFailed) assert.match(stderr, /^error: could not \w+.*input\/output error/u)
  return { isInjected: injected(traced).length > 0, hasFailed }
}

describe('a restore that replaces files while the device refuses', { skip: cannotStrace() }, () => {
  for (const call of ['rename', 'fsync'] as const) {
    it(`one ${call}: everything is unchanged, or everything is replaced`, async (t) => {
      const setup = openSetup(t)
      configureSimple(setup)
      await runWell(setup)
      let failures = 0
      for (let nth = 1; nth < MANY; nth += 1) {
        const { isInjected, hasFailed } = await restoreWith(setup, call, nth)
        failures += Number(hasFailed)
        if (!isInjected) break
      }
      assert.ok(failures > 0)
    })
  }
})
