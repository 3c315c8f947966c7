import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { requires } from '../../../test/support/requires.ts'
import { bootId } from './host-id.ts'
import { namespaceOf } from './proc-folder.ts'
import { identityOf, livenessOf } from './process-identity.ts'
import { descendantsOf, readProcessTable } from './process-table.ts'

const here = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)

/** Runs a module's text behind a command, and gives what it printed as JSON. */
function answerOf(before: readonly string[], text: string): unknown {
  const [program = '', ...args] = [...before, process.execPath, '--input-type=module', '-e', text]
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout)
}

describe('the identity of a process', () => {
  it('distinguishes a running process from an ended one, and from a later one with the same PID', async () => {
    const child = spawn('/bin/sleep', ['7740003'])
    await once(child, 'spawn')
    const identity = identityOf(child.pid ?? 0)
    assert.equal(livenessOf(identity), 'alive')
    assert.equal(livenessOf({ ...identity, start: (identity.start ?? 0) + 1 }), 'dead')
    assert.equal(livenessOf({ ...identity, boot: 'another' }), 'unknown')
    assert.equal(livenessOf({ ...identity, start: undefined }), 'unknown')
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(livenessOf(identity), 'dead')
  })

  it('proves nothing about another PID namespace except that a process is visible there', { skip: requires('root', 'unshare') }, async () => {
    const child = spawn('unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', '/bin/sleep', '7740004'])
    const inner = () => descendantsOf(new Set([child.pid ?? 0]), readProcessTable())[0]
    const own = namespaceOf('self')
    while (inner() === undefined || namespaceOf(String(inner()?.pid)) === own) await sleep(10)
    const { pid = 0, start } = inner() ?? {}
    const identity = { boot: bootId(), pidNamespace: namespaceOf(String(pid)) ?? '', pid: 1, start }
    assert.equal(livenessOf(identity), 'alive')
    assert.equal(livenessOf({ ...identity, pid: 2 }), 'unknown')
    process.kill(pid, 'SIGKILL')
    await once(child, 'exit')
    assert.equal(livenessOf(identity), 'unknown')
    const ofOurs = answerOf(
      ['unshare', '--pid', '--fork', '--mount-proc'],
      `import { livenessOf } from ${here('./process-identity.ts')}; console.log(JSON.stringify(livenessOf(${JSON.stringify(identityOf(process.pid))})))`,
    )
    assert.equal(ofOurs, 'unknown')
  })

  it('does not take for dead whom hidepid hides', { skip: requires('root', 'unshare', 'setpriv') }, () => {
    const text = `import { livenessOf } from ${here('./process-identity.ts')}; console.log(JSON.stringify(livenessOf(${JSON.stringify(identityOf(process.pid))})))`
    const hide = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"',
      'sh',
    ]
    assert.equal(answerOf(hide, text), 'unknown')
  })

  it('uses the numbers of its own namespace where /proc shows those of another', { skip: requires('root', 'unshare') }, () => {
    const text = `import { spawn } from 'node:child_process'
      import { once } from 'node:events'
      import { identityOf, livenessOf } from ${here('./process-identity.ts')}
      import { readProcessTable } from ${here('./process-table.ts')}
      const child = spawn('sleep', ['7740005'])
      await once(child, 'spawn')
      const identity = identityOf(child.pid)
      const table = readProcessTable().map(({ pid, parent }) => [pid, parent])
      const before = livenessOf(identity)
      child.kill('SIGKILL')
      await once(child, 'exit')
      console.log(JSON.stringify({ own: process.pid, child: child.pid, table, before, after: livenessOf(identity) }))`
    const answer = answerOf(['unshare', '--pid', '--fork'], text) as { own: number; child: number; table: unknown; before: string; after: string }
    assert.deepEqual([answer.before, answer.after], ['alive', 'dead'])
    assert.deepEqual(answer.table, [
      [answer.own, 0],
      [answer.child, answer.own],
    ])
  })
})
