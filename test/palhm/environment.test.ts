import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { requires } from '../support/requires.ts'
import { until } from '../support/time-limits.ts'
import { backup, check, config, inline, pointer, routine, sh } from './configs.ts'
import { checkout, openPlace } from './place.ts'
import { assertVerifies, setsIn } from './tree.ts'

const answer = { 'good.test': [inline(['/bin/echo', '192.0.2.1']), inline(['/bin/grep', '.'])] }

// Every mount of a mount namespace of its own, the pseudo ones included, is made read-only, and that is looked at.
const READ_ONLY = `
set -eu
mount --make-rprivate /
while read -r _ _ _ _ point _; do mount -o remount,bind,ro "$(printf %b "$point")" 2>/dev/null || true; done </proc/self/mountinfo
for folder in / /tmp /var/tmp /dev/shm /run /dev "$PWD"; do
  if [ -d "$folder" ] && touch "$folder/holdfast-can-write" 2>/dev/null; then rm -f "$folder/holdfast-can-write"; echo "$folder can be written" >&2; exit 99; fi
done
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
`

describe('a PALHM configuration', { concurrency: 3 }, () => {
  it('is checked in a sandbox where nothing can be written, by an ordinary user, without a byte', {
    skip: requires('root', 'setpriv', 'leave to mount'),
  }, async (t) => {
    const place = openPlace(t)
    chmodSync(place.top, 0o755)
    const file = place.write(
      'c.json',
      config([
        { ...check(answer), id: 'default' },
        { ...check({ down: [sh('exit 9'), inline(['/bin/cat'])] }), id: 'down' },
      ]),
    )
    const args = ['-m', 'sh', '-c', READ_ONLY, 'sh', join(checkout, 'palhm'), '-q', '-f', file, 'run']
    assert.deepEqual(await place.start(args, { as: '/usr/bin/unshare' }), { code: 0, signal: null, stdout: '', stderr: '' })
    const down = await place.start([...args, 'down'], { as: '/usr/bin/unshare' })
    assert.equal(down.code, 1)
    assert.match(down.stderr, /exit code 9/u)
    const loud = await place.start(
      args.filter((arg) => arg !== '-q'),
      { as: '/usr/bin/unshare' },
    )
    assert.equal(loud.code, 0)
  })

  it('is run by the program that Python starts, in an empty environment, in silence', { skip: requires('/usr/bin/python3') }, async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([backup('root', { o: [inline(['/bin/echo', 'x'])] }), routine('default', pointer('backup'))]))
    const args = [
      '-i',
      'PATH=/usr/bin:/bin',
      `HOLDFAST_STATE=${join(place.top, 'state')}`,
      'python3',
      join(checkout, 'palhm.py'),
      '-q',
      '-f',
      file,
      'run',
    ]
    assert.deepEqual(await place.start(args, { as: '/usr/bin/env' }), { code: 0, signal: null, stdout: '', stderr: '' })
    assert.equal(assertVerifies(join(place.run, 'root')), 1)
  })

  it('works without a home, a language, a terminal, or an open standard stream', async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([backup('root', { o: [inline(['/bin/echo', 'x'])] }, { 'nb-copy-limit': 9 })]))
    for (const closed of ['<&-', '>&-', '2>&-', '<&- >&- 2>&-', '</dev/full', '>/dev/full']) {
      const script = `exec env -i HOLDFAST_STATE=../state "$1" -q -f "$2" run backup ${closed}`
      const { code, stderr } = await place.start(['-c', script, 'sh', join(checkout, 'palhm'), file], { as: '/bin/sh' })
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, closed)
    }
    assert.equal(assertVerifies(join(place.run, 'root')), 6)
  })

  it('is parsed according to its resolved name, in upper or lower case', async (t) => {
    const place = openPlace(t)
    const text = `// a comment\n${JSON.stringify(config([routine('default', inline(['/bin/echo', 'ran']))]))}`
    place.write('real.jsonc', text)
    place.write('loud.JSONC', text)
    place.write('plain.json', text)
    symlinkSync('real.jsonc', join(place.run, 'link.json'))
    symlinkSync('plain.json', join(place.run, 'link.jsonc'))
    const wanted = { 'real.jsonc': 'ran\n', 'loud.JSONC': 'ran\n', 'link.json': 'ran\n', 'plain.json': '', 'link.jsonc': '' }
    for (const [file, stdout] of Object.entries(wanted)) assert.equal((await place.start(['-q', '-f', file, 'run'])).stdout, stdout, file)
  })

  it('is the last one given with -f, with options in every form of getopt', async (t) => {
    const place = openPlace(t)
    const one = place.write('1.json', config([routine('default', inline(['/bin/echo', 'one'])), routine('-v', inline(['/bin/echo', 'dash']))]))
    const two = place.write('2.json', config([routine('default', inline(['/bin/echo', 'two']))]))
    const stdout = async (...args: readonly string[]) => (await place.start(args)).stdout
    assert.equal(await stdout('-q', '-f', one, '-f', two, 'run'), 'two\n')
    assert.equal(await stdout(`-qf${one}`, 'run', '', 'further', 'words'), 'one\n')
    assert.equal(await stdout('-qqf', one, '--', 'run'), 'one\n')
    assert.equal(await stdout('-f', one, 'run', '-v'), 'dash\n')
    assert.equal((await place.start(['-f', one, '-q', '-v', 'run'])).code, 2)
    assert.equal((await place.start(['-f', one, '--quiet', 'run'])).code, 2)
    assert.equal((await place.start(['-f', one, 'Run'])).code, 2)
  })

  it('may include the definitions that PALHM installed, where they are not installed any more', async (t) => {
    const place = openPlace(t)
    for (const include of ['/etc/palhm/conf.d/core.json', 'conf.d/core.json']) {
      const tasks = [routine('default', { type: 'exec', 'exec-id': 'os-release' })]
      const file = place.write('palhm.jsonc', { include: [include], tasks })
      const { code, stdout, stderr } = await place.start(['-q', '-f', file, 'run'])
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: readFileSync('/etc/os-release', 'utf8'), stderr: '' })
    }
  })

  it('prefers the definitions that are installed', async (t) => {
    const place = openPlace(t)
    mkdirSync(join(place.run, 'conf.d'))
    copyFileSync(join(checkout, 'share/palhm/conf.d/core.json'), join(place.run, 'conf.d/core.json'))
    place.write('conf.d/core.json', { execs: [{ id: 'os-release', argv: ['/bin/echo', 'mine'] }] })
    const file = place.write('palhm.jsonc', { include: ['conf.d/core.json'], tasks: [routine('default', { type: 'exec', 'exec-id': 'os-release' })] })
    assert.equal((await place.start(['-q', '-f', file, 'run'])).stdout, 'mine\n')
  })

  it('is checked completely before anything is run', async (t) => {
    const place = openPlace(t)
    const broken = [
      routine('other', { type: 'exec', 'exec-id': 'nope' }),
      backup('root', { '../x': [] }),
      routine('third', sh('true', { ec: 'zero' })),
    ]
    const file = place.write('c.json', config([routine('default', sh('touch ran')), ...broken], { 'boot-report': { mua: 'pigeon', 'mail-to': [] } }))
    const { code, stdout, stderr } = await place.start(['-f', file, 'run'])
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    for (const word of [/"nope"/u, /objects\[0\]\.path/u, /"zero"/u, /"pigeon"/u]) assert.match(stderr, word)
    assert.equal(stderr.trimEnd().split('\n').length, 4)
    for (const line of stderr.trimEnd().split('\n')) assert.match(line, /^\S+c\.json:\d+:\d+: error: /u)
    assert.equal(existsSync(join(place.run, 'ran')) || existsSync(join(place.run, 'root')), false)
  })

  it('is read once at the beginning of a run: later changes have no effect', async (t) => {
    const place = openPlace(t)
    const write = (word: string) =>
      place.write('c.json', config([routine('default', sh('touch began; until [ -e go ]; do sleep 0.02; done'), inline(['/bin/echo', word]))]))
    const file = write('before')
    const ended = await place.start(['-q', '-f', file, 'run'], {
      meanwhile: async () => {
        await until(() => existsSync(join(place.run, 'began')))
        write('after')
        place.write('go', '')
      },
    })
    assert.equal(ended.stdout, 'before\n')
  })

  it('makes its sets even if the working folder was removed', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    const file = place.write('c.json', config([backup(root, { o: [inline(['/bin/echo', 'x'])] })]))
    mkdirSync(join(place.run, 'gone'))
    const script = 'cd gone && rmdir ../gone && exec "$1" -q -f "$2" run backup'
    const { code, stdout } = await place.start(['-c', script, 'sh', join(checkout, 'palhm'), file], { as: '/bin/sh' })
    assert.deepEqual({ code, stdout }, { code: 0, stdout: '' })
    assert.equal(setsIn(root).length, 1)
  })
})
