import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, copyFileSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { plantedTree } from './planted-tree.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))

describe('the gate', () => {
  let root = ''
  afterEach(() => rmSync(root, { recursive: true }))

  it('reports every failure, and fails', () => {
    root = plantedTree({})
    const parts = globSync('*', { cwd: checkout, exclude: ['node_modules', 'var'] })
    for (const part of parts) cpSync(join(checkout, part), join(root, part), { recursive: true, filter: (path) => !path.endsWith('/test/golden') })
    appendFileSync(join(root, 'biome.json'), '\n')
    const twice = readFileSync(join(root, 'src/lib/find-cycle.ts'), 'utf8')
    writeFileSync(
      join(root, 'src/lib/planted.ts'),
      `export type Up = import('../run/events.ts').RunEvent\nexport const value: number = 'text';\n${twice}`,
    )

    const { status, stdout } = spawnSync(process.execPath, ['tools/check.ts', '--no-tests'], { cwd: root, encoding: 'utf8' })
    assert.equal(status, 1)
    assert.match(stdout, /^biome\.json: differs from what "npm run generate" makes$/mu)
    assert.match(stdout, /^src\/lib\/planted\.ts:1: lib may not import run$/mu)
    assert.match(stdout, /^src\/lib\/find-cycle\.ts:\d+-\d+: \d+ lines of the same shape as src\/lib\/planted\.ts:\d+-\d+$/mu)
    assert.match(stdout, /^src\/lib\/planted\.ts format /mu)
    assert.match(stdout, /^src\/lib\/planted\.ts\(2,14\): error TS2322/mu)
    assert.match(stdout, /^src\/lib\/planted\.ts *$/mu)
    assert.match(stdout, /^failed: generated files are fresh, arrows, duplicates, format and lint, types, dead code$/mu)

    spawnSync(process.execPath, ['tools/generate.ts'], { cwd: root })
    assert.equal(readFileSync(join(root, 'biome.json'), 'utf8'), readFileSync(join(checkout, 'biome.json'), 'utf8'))
  })

  it('doubts a linter that reads nothing', () => {
    root = plantedTree({ 'src/lib/value.ts': '' })
    cpSync(join(checkout, 'tools'), join(root, 'tools'), { recursive: true })
    rmSync(join(root, 'node_modules'))
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true })
    cpSync(join(checkout, 'node_modules/oxc-parser'), join(root, 'node_modules/oxc-parser'), { recursive: true })
    writeFileSync(join(root, 'node_modules/.bin/biome'), '#!/bin/sh\necho "Checked 1 file in 1ms."\n', { mode: 0o755 })
    const { stdout } = spawnSync(process.execPath, ['tools/check.ts', '--no-tests'], { cwd: root, encoding: 'utf8' })
    assert.match(stdout, /^format and lint: only 1 of \d+ files were checked$/mu)
  })
})

describe('.ci/run', () => {
  const run = (failing: string) => {
    const root = plantedTree({ 'bin/npm': `#!/bin/sh\necho "npm $*"\n[ "$1" != ${failing} ]\n`, 'var/set/SHA256SUMS': '' })
    mkdirSync(join(root, '.ci'))
    copyFileSync(join(checkout, '.ci/run'), join(root, '.ci/run'))
    chmodSync(join(root, 'bin/npm'), 0o755)
    const sum = failing === 'digests' ? '0'.repeat(64) : 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    writeFileSync(join(root, 'var/set/SHA256SUMS'), `${sum}  empty\n`)
    writeFileSync(join(root, 'var/set/empty'), '')
    const { status, stdout, stderr } = spawnSync('bash', ['.ci/run'], { cwd: root, encoding: 'utf8', env: { PATH: `${root}/bin:/usr/bin:/bin` } })
    rmSync(root, { recursive: true })
    return { status, steps: stdout.match(/^npm /gmu)?.length, last: stderr.trimEnd().split('\n').at(-1) }
  }

  it('runs everything and fails when anything failed', () => {
    assert.deepEqual(run('nothing'), { status: 0, steps: 4, last: '' })
    for (const [failing, name] of Object.entries({ run: 'check slice', start: 'start', test: 'test', digests: 'digests' })) {
      assert.deepEqual(run(failing), { status: 1, steps: 4, last: `failed: ${name}` })
    }
  })
})
