import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { backup, check, config, inline, routine, sh } from './configs.ts'
import { openPlace } from './place.ts'
import { treeOf } from './tree.ts'

const env = inline(['/usr/bin/env'])

describe('children of a PALHM configuration', { concurrency: 3 }, () => {
  it('get exactly their environment, and no inherited variables', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    const file = place.write('c.json', config([backup(root, { none: [env], some: [{ ...env, env: { A: '1', B: 'two words' } }] })]))
    const { code } = await place.start(['-q', '-f', file, 'run', 'backup'], { env: { SECRET: 's', FOO: 'bar' } })
    assert.equal(code, 0)
    assert.match(treeOf(root).join('\n'), /none size=0 /u)
    assert.match(treeOf(root).join('\n'), /some size=16 /u)
  })

  it('are looked up in the PATH of their env, otherwise in /bin and /usr/bin', async (t) => {
    const place = openPlace(t)
    const bin = join(place.run, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'mytool'), '#!/bin/sh\necho mytool "$@"\n', { mode: 0o755 })
    const file = place.write(
      'c.json',
      config([
        routine('default', inline(['mytool', 'found'], { env: { PATH: bin } }), inline(['echo', 'found too'])),
        routine('ours', inline(['mytool'])),
        routine('hidden', inline(['echo', 'x'], { env: { PATH: bin } })),
        routine('slash', inline(['bin/mytool', 'relative'])),
      ]),
    )
    const run = (task: string) => place.start(['-q', '-f', file, 'run', task], { env: { PATH: `${bin}:/usr/bin:/bin` } })
    assert.deepEqual(await run('default'), { code: 0, signal: null, stdout: 'mytool found\nfound too\n', stderr: '' })
    assert.equal((await run('slash')).stdout, 'mytool relative\n')
    for (const task of ['ours', 'hidden']) {
      const { code, stderr } = await run(task)
      assert.equal(code, 1)
      assert.match(stderr, /mytool|echo/u)
    }
  })

  it('are named when they cannot be started', async (t) => {
    const place = openPlace(t)
    writeFileSync(join(place.run, 'plain'), 'no program')
    mkdirSync(join(place.run, 'folder'))
    for (const program of ['plain', 'folder', 'absent']) {
      const file = place.write(`${program}.json`, config([routine('default', inline([join(place.run, program)]))]))
      const { code, stderr } = await place.start(['-q', '-f', file, 'run'])
      assert.equal(code, 1)
      assert.ok(stderr.includes(join(place.run, program)), stderr)
      assert.doesNotMatch(stderr, /internal error/u)
    }
  })

  it('may be scripts whose interpreter is not there, or without one', async (t) => {
    const place = openPlace(t)
    writeFileSync(join(place.run, 'script'), '#!/no/such/interpreter\n', { mode: 0o755 })
    const file = place.write('c.json', config([routine('default', inline([join(place.run, 'script')]))]))
    const { code, stderr } = await place.start(['-q', '-f', file, 'run'])
    assert.equal(code, 1)
    assert.match(stderr, /script/u)
  })

  it('of exec-append get argv and env of the definition with those of the use on top, and its exit codes', async (t) => {
    const place = openPlace(t)
    const script = 'echo "$A $B $C" "$@"; exit 3'
    const execs = [{ id: 'say', argv: ['/bin/sh', '-c', script, 'sh', '1'], env: { A: 'a', B: 'b' }, ec: '3' }]
    const file = place.write(
      'c.json',
      config(
        [
          routine(
            'default',
            { type: 'exec-append', 'exec-id': 'say', argv: ['2'], env: { B: 'B', C: 'C' }, ec: '0' },
            { type: 'exec', 'exec-id': 'say', argv: ['9'], env: { A: 'no' }, ec: '0' },
            { type: 'exec-append', 'exec-id': 'say', argv: 'xyz' },
          ),
        ],
        { execs },
      ),
    )
    const { code, stdout } = await place.start(['-q', '-f', file, 'run'])
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'a B C 1 2\na b  1\na b  1 x y z\n' })
  })

  it('refuse a null env on exec-append, and take it elsewhere', async (t) => {
    const place = openPlace(t)
    const execs = [{ id: 'env', argv: ['/usr/bin/env'], env: null }]
    const bad = place.write('bad.json', config([routine('default', { type: 'exec-append', 'exec-id': 'env', argv: [], env: null })], { execs }))
    const good = place.write(
      'good.json',
      config([routine('default', { type: 'exec', 'exec-id': 'env' }, inline(['/usr/bin/env'], { env: null }))], { execs }),
    )
    assert.equal((await place.start(['-f', bad, 'run'])).code, 1)
    assert.deepEqual(await place.start(['-q', '-f', good, 'run']), { code: 0, signal: null, stdout: '', stderr: '' })
  })

  it('inherit umask and working folder, and no descriptors', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    const look = sh('umask; pwd; ls /proc/self/fd | tr "\\n" " "')
    const file = place.write(
      'c.json',
      config([routine('default', look), backup(root, { seen: [look, inline(['/bin/tee', join(place.run, 'seen')])] })]),
    )
    const { stdout } = await place.start(['-q', '-f', file, 'run'], { umask: '027' })
    // The last one is the folder that ls reads.
    assert.equal(stdout, `0027\n${place.run}\n0 1 2 3 `)
    const { code } = await place.start(['-q', '-f', file, 'run', 'backup'], { umask: '027' })
    assert.equal(code, 0)
    assert.equal(readFileSync(join(place.run, 'seen'), 'utf8'), `0027\n${place.run}\n0 1 2 3 `)
  })

  it('have default actions for all signals', async (t) => {
    const place = openPlace(t)
    const look = inline(['/bin/grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status'])
    const file = place.write('c.json', config([routine('default', look), check({ seen: [look, sh('cat >seen')] })]))
    const { stdout } = await place.start(['-q', '-f', file, 'run'])
    assert.equal(stdout, 'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n')
    await place.start(['-q', '-f', file, 'run', 'check'])
    assert.equal(readFileSync(join(place.run, 'seen'), 'utf8'), 'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n')
  })

  it('read our stdin one after another as steps, and nothing as first stages', async (t) => {
    const place = openPlace(t)
    const file = place.write(
      'c.json',
      config([routine('default', sh('read l; echo "1 $l"'), sh('read l; echo "2 $l"')), check({ x: [sh('if read l; then exit 9; fi')] })]),
    )
    const stdin = 'one\ntwo\n'
    assert.equal((await place.start(['-q', '-f', file, 'run'], { stdin })).stdout, '1 one\n2 two\n')
    assert.equal((await place.start(['-q', '-f', file, 'run', 'check'], { stdin })).code, 0)
  })

  it('may be a name alone instead of a list', async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([routine('default', { type: 'exec-inline', argv: '/bin/pwd' })]))
    assert.equal((await place.start(['-q', '-f', file, 'run'])).stdout, `${place.run}\n`)
  })

  it('run in the order of the list, and nothing runs after a failure', async (t) => {
    const place = openPlace(t)
    const fail = inline(['/bin/false'])
    const file = place.write(
      'c.json',
      config([
        routine('inner', inline(['echo', '1']), fail, inline(['echo', 'never'])),
        routine('default', inline(['echo', '0']), { type: 'task', 'task-id': 'inner' }, inline(['echo', 'never'])),
      ]),
    )
    const { code, stdout, stderr } = await place.start(['-q', '-f', file, 'run'])
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '0\n1\n' })
    assert.match(stderr, /\/bin\/false/u)
  })

  it('end of a signal with invalid exit code accepted, the widest included', async (t) => {
    const place = openPlace(t)
    const steps = ['>=0', '<=255', '0-300', '143', '0-143'].map((ec, index) => routine(`t${index}`, sh('kill -TERM $$', { ec })))
    const file = place.write('c.json', config(steps))
    for (const { id } of steps) {
      const { code, stderr } = await place.start(['-q', '-f', file, 'run', id])
      assert.equal(code, 1)
      assert.match(stderr, /SIGTERM/u)
    }
  })

  it('are evaluated by every form of ec', async (t) => {
    const place = openPlace(t)
    const forms: readonly (readonly [string, readonly number[], readonly number[]])[] = [
      ['0', [0], [1]],
      ['==1', [1], [0, 2]],
      ['<2', [0, 1], [2]],
      [' >= 2 ', [2, 255], [1]],
      ['2 - 4', [2, 4], [1, 5]],
      ['1abc', [1], [0]],
      ['>254', [255], [254]],
      ['0-300', [255], []],
    ]
    const good = forms.flatMap(([ec, codes]) => codes.map((code) => sh(`exit ${code}`, { ec })))
    const bad = forms.flatMap(([ec, , codes]) => codes.map((code) => routine(`${ec} ${code}`, sh(`exit ${code}`, { ec }))))
    const file = place.write('c.json', config([routine('default', ...good), ...bad]))
    const { code, stderr } = await place.start(['-q', '-f', file, 'run'])
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    for (const { id } of bad) assert.equal((await place.start(['-q', '-f', file, 'run', id])).code, 1, id)
  })

  it('accept nothing where the range is empty', async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([routine('default', sh('exit 0', { ec: '<0' })), routine('other', sh('exit 255', { ec: '>255' }))]))
    for (const task of ['default', 'other']) assert.equal((await place.start(['-q', '-f', file, 'run', task])).code, 1)
  })
})
