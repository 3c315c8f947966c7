import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../../../../test/support/localfs.ts'
import { placeholderKey } from './placeholder-key.ts'

describe('the key for placeholders', () => {
  it('is the same for all servers, even if several create it at the same moment', async (t) => {
    const state = temporaryFolder(t)
    const file = join(state, 'web', 'placeholder-key')
    // All wait for the end of their input, and begin together.
    const program = `import { placeholderKey } from ${JSON.stringify(new URL('./placeholder-key.ts', import.meta.url).href)}
      process.stdout.write('ready\\n')
      process.stdin.resume().on('end', () => process.stdout.write(placeholderKey(${JSON.stringify(state)})))`
    const servers = [1, 2, 3].map(() => spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['pipe', 'pipe', 'inherit'] }))
    await Promise.all(servers.map(({ stdout }) => once(stdout, 'data')))
    const outputs = servers.map(({ stdout }) => stdout.toArray())
    for (const { stdin } of servers) stdin.end()
    const [one, ...others] = (await Promise.all(outputs)).map((chunks) => Buffer.concat(chunks).toString())
    assert.match(one ?? '', /^[0-9a-f]{64}$/u)
    assert.deepEqual([...others, readFileSync(file, 'utf8')], [one, one, one])
    assert.deepEqual(readdirSync(join(state, 'web')), ['placeholder-key'])
  })

  it('replaces what is no key', (t) => {
    const state = temporaryFolder(t)
    const key = placeholderKey(state)
    assert.equal(placeholderKey(state), key)
    writeFileSync(join(state, 'web', 'placeholder-key'), 'damaged')
    assert.match(placeholderKey(state), /^[0-9a-f]{64}$/u)
    assert.notEqual(readFileSync(join(state, 'web', 'placeholder-key'), 'utf8'), 'damaged')
  })
})
