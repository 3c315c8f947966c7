import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { processesWith } from '../test/faults/processes-with.ts'
import { cannotMount } from '../test/faults/small-disk.ts'
import { requires } from '../test/support/requires.ts'
import { until } from '../test/support/time-limits.ts'

const confined = fileURLToPath(new URL('confined.sh', import.meta.url))
// Everything that the runner is to end: a mount, a file, a process that has left its session.
const MESSY = 'cd "$TMPDIR"; mkdir mount; mount -t tmpfs none mount 2>/dev/null || true; echo x >file; setsid sleep "$0" & echo ready; wait'
const NAP = `4321.${process.pid}`

describe('what runs in confinement', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'confined-'))
  })
  afterEach(() => {
    spawnSync('sh', ['-c', 'cut -d " " -f 5 /proc/self/mountinfo | grep -F "$0/" | sort -r | xargs -r umount -l', folder])
    rmSync(folder, { recursive: true })
  })

  /** Without namespaces where `unshare` fails. */
  const environment = (hasNamespaces: boolean) => {
    const bin = join(folder, 'bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, 'unshare'), '#!/bin/sh\nexit 1\n')
    chmodSync(join(bin, 'unshare'), 0o755)
    return { PATH: `${hasNamespaces ? '' : `${bin}:`}/usr/sbin:/usr/bin:/sbin:/bin`, TMPDIR: folder }
  }
  const rooms = () => readdirSync(folder).filter((it) => it.startsWith('hft-'))
  const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8').includes(`${folder}/`)
  const run = (script: string, hasNamespaces = true) =>
    spawnSync('sh', [confined, 'sh', '-c', script, NAP], { encoding: 'utf8', env: environment(hasNamespaces) })
  const begin = async (script: string, hasNamespaces: boolean) => {
    const child = spawn('sh', [confined, 'sh', '-c', script, NAP], { env: environment(hasNamespaces), stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    return { child, ended: once(child, 'exit') }
  }

  it('has no crontabs of this machine', { skip: requires('root', 'leave to mount', 'crontab') }, () => {
    // One confinement in another: the outer one stands for the machine.
    const script = 'echo "4 4 4 4 4 x" | crontab -u irc -; sh "$0" sh -c "crontab -u irc -l; echo 5 5 5 5 5 y | crontab -u irc -"; crontab -u irc -l'
    const { status, stdout, stderr } = spawnSync('sh', [confined, 'sh', '-c', script, confined], { encoding: 'utf8', env: environment(true) })
    assert.deepEqual([status, stdout, stderr], [0, '4 4 4 4 4 x\n', 'no crontab for irc\n'])
  })

  it('fails if the null device was changed, which stays so for nobody else', { skip: requires('root', 'leave to mount') }, () => {
    const { status, stderr } = run('chmod 600 /dev/null')
    assert.deepEqual([status, stderr], [1, '/dev/null was changed\n'])
    assert.equal(statSync('/dev/null').mode & 0o777, 0o666)
  })

  for (const hasNamespaces of [true, false]) {
    const title = hasNamespaces ? 'in namespaces' : 'without namespaces'

    it(`has an empty home folder, and uses the npm cache of the caller: ${title}`, () => {
      const env = { ...environment(hasNamespaces), HOME: folder }
      const script = 'ls -A "$HOME"; stat -c %a "$HOME"; echo "$npm_config_cache"; [ "$HOME" != "$0" ]'
      const { status, stdout } = spawnSync('sh', [confined, 'sh', '-c', script, folder], { encoding: 'utf8', env })
      assert.deepEqual([status, stdout], [0, `700\n${folder}/.npm\n`])
    })

    it(`passes on its exit code and output, and removes its temporary folder: ${title}`, () => {
      const { status, stdout } = run('echo "$TMPDIR"; touch "$TMPDIR/file"; exit 7', hasNamespaces)
      assert.equal(status, 7)
      assert.match(stdout, /\/hft-\w+\/tmp\n$/u)
      assert.deepEqual(rooms(), [])
    })

    it(`receives the signal that stops its runner: ${title}`, async () => {
      const { child, ended } = await begin('trap "echo told; exit 3" TERM; echo ready; while :; do sleep 0.05; done', hasNamespaces)
      child.kill('SIGTERM')
      const [output] = await once(child.stdout, 'data')
      assert.deepEqual([String(output), await ended], ['told\n', [3, null]])
    })
  }

  it('ends with its runner, which SIGKILL ends, with all mounts and processes; its files go with the next run', { skip: cannotMount() }, async () => {
    const { child, ended } = await begin(MESSY, true)
    child.kill('SIGKILL')
    await ended
    await until(() => processesWith(NAP).length === 0)
    assert.equal(mounts(), false)
    run('true')
    assert.deepEqual(rooms(), [])
  })

  it('is swept by the next run where there are no namespaces, while what lives is left alone', async () => {
    const dead = await begin(MESSY, false)
    const living = await begin('echo >"$TMPDIR/mine"; echo ready; while :; do sleep 0.05; done', false)
    const mine = rooms().find((it) => existsSync(join(folder, it, 'tmp/mine')))
    dead.child.kill('SIGKILL')
    await dead.ended
    assert.equal(run('true', false).status, 0)
    await until(() => processesWith(NAP).every(({ text }) => !text.includes(': sleep')))
    assert.deepEqual([rooms(), mounts()], [[mine], false])
    living.child.kill('SIGTERM')
    await living.ended
    assert.deepEqual(rooms(), [])
  })
})
