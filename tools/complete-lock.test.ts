import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { completeLock } from './complete-lock.ts'

const lockOf = (packages: object) => `${JSON.stringify({ name: 'x', lockfileVersion: 3, packages }, null, 2)}\n`
const named = {
  'p-linux-x64': '1.0.0',
  'p-linux-arm64-musl': '1.0.0',
  'p-linux-arm-gnueabihf': '1.0.0',
  'p-win32-x64-msvc': '1.0.0',
  'p-odd': '2.0.0',
}

describe('completeLock', () => {
  it('adds the optional packages that are named and not there, each for its platform', () => {
    const there = {
      '': {},
      'node_modules/p': { version: '1.0.0', dev: true, optionalDependencies: named },
      'node_modules/p-linux-x64': { version: '1.0.0', integrity: 'x' },
    }
    const { packages } = JSON.parse(completeLock(lockOf(there)))
    assert.deepEqual(packages, {
      ...there,
      'node_modules/p-linux-arm-gnueabihf': { version: '1.0.0', cpu: ['arm'], os: ['linux'], dev: true, optional: true },
      'node_modules/p-linux-arm64-musl': { version: '1.0.0', cpu: ['arm64'], libc: ['musl'], os: ['linux'], dev: true, optional: true },
      'node_modules/p-odd': { version: '2.0.0', dev: true, optional: true },
      'node_modules/p-win32-x64-msvc': { version: '1.0.0', cpu: ['x64'], os: ['win32'], dev: true, optional: true },
    })
    assert.deepEqual(Object.keys(packages), Object.keys(packages).toSorted())
  })

  it('does not change a complete lock file', () => {
    const complete = lockOf({ '': { optionalDependencies: {} }, 'node_modules/z': {}, 'node_modules/a': {} })
    assert.equal(completeLock(complete), complete)
    const once = completeLock(lockOf({ 'node_modules/p': { optionalDependencies: named } }))
    assert.equal(completeLock(once), once)
  })
})

describe('package-lock.json', () => {
  const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, { integrity?: string; hasInstallScript?: boolean; dev?: boolean; resolved?: string }>
  }

  it('has the digest of everything that hosts run, including Node.js for each machine, and permits no install scripts', () => {
    const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev)
    for (const machine of ['x64', 'arm64']) assert.ok(shipped.some(([path]) => path === `node_modules/node-linux-${machine}`))
    for (const [path, { integrity, hasInstallScript }] of shipped) {
      assert.match(integrity ?? '', /^sha512-/u, path)
      assert.ok(!hasInstallScript, path)
    }
  })

  it('names no registry', () => {
    for (const [path, { resolved }] of Object.entries(packages)) assert.equal(resolved, undefined, path)
  })
})
