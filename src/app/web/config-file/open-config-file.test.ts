import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { it } from 'node:test'
import { until } from '../../../../test/support/time-limits.ts'
import { openWebHost } from '../../../../test/support/web-host.ts'
import { withLock } from '../../host/with-lock.ts'
import { openPlanCache } from '../plan-cache.ts'
import { readChanges, recordChange } from './change-log.ts'
import { openConfigFile } from './open-config-file.ts'

const text = (password: string) => `version: 1
tasks:
  nightly:
    steps:
      - exec: { argv: [echo], environment: { DB_PASSWORD: ${password} } }
`

const by = (who: string, { etag }: { readonly etag: string }) => ({ etag, editor: { by: who, via: 'session' as const } })

it('an earlier version is restored with its own secrets; an unknown placeholder is rejected', async (t) => {
  const { host } = openWebHost(t, () => text('canary-4711'))
  const file = () => readFileSync(host.choice.file ?? '', 'utf8')
  // Opened again each time, as after a restart of the server.
  const config = () => openConfigFile(openPlanCache(host), host)
  const first = await config().read()
  await config().write(first.text.replace(/holdfast-secret-\w+/u, 'canary-0815'), by('ada', first))
  assert.equal(file(), text('canary-0815'))
  const [version] = await config().versions()
  const back = await config().version(version?.id ?? '')
  assert.doesNotMatch(back.text, /canary/u)
  const second = await config().read()
  assert.notEqual(second.text, back.text)
  const unknown = second.text.replace(/holdfast-secret-\w+/u, 'holdfast-secret-0123456789abcdef')
  await assert.rejects(config().write(unknown, by('ada', second)), { code: 'web/invalid', message: 'line 5: unknown placeholder of a secret' })
  assert.equal((await config().check(unknown))[0]?.line, 5)
  assert.equal(file(), text('canary-0815'))
  await config().write(back.text, by('ada', second))
  assert.equal(file(), text('canary-4711'))
})

it('records who replaced each version, and whether it was edited outside', async (t) => {
  const { host } = openWebHost(t, () => text('one'))
  const config = () => openConfigFile(openPlanCache(host), host)
  const change = async (who: string) => {
    const { etag, text: now } = await config().read()
    await config().write(`${now}# ${who}\n`, by(who, { etag }))
  }
  await change('ada')
  await change('bob')
  writeFileSync(host.choice.file ?? '', text('two'))
  await change('cleo')
  await change('dan')
  const versions = (await config().versions()).map(({ replaced }) => [replaced?.by, replaced?.isEditedOutside])
  assert.deepEqual(versions.toSorted(), [
    ['ada', null],
    ['bob', false],
    ['cleo', true],
    ['dan', false],
  ])
  // A damaged record is no reason to refuse a change.
  writeFileSync(`${host.env['HOLDFAST_STATE']}/web/config-changes.json`, '{')
  await change('eve')
  assert.equal((await config().versions()).length, 5)
})

it('a change that was recorded but not made is not assigned to the text', (t) => {
  const { host } = openWebHost(t, () => text('one'))
  const change = { by: 'ada', via: 'session', before: 'first', after: 'second' } as const
  for (const version of ['1', '2']) recordChange({ ...change, version }, host)
  recordChange({ ...change, version: '3', before: 'second', after: 'third' }, host)
  recordChange({ ...change, version: '4', before: 'edited', after: 'fourth' }, host)
  recordChange({ ...change, version: '5', before: 'edited', after: 'fifth' }, host)
  assert.deepEqual(
    readChanges(host).map((it) => it.isEditedOutside),
    [null, null, false, true, true],
  )
})

it('one server writes at a time: what another one has written meanwhile stays, and its record', async (t) => {
  const { host } = openWebHost(t, () => text('one'))
  const file = host.choice.file ?? ''
  const config = () => openConfigFile(openPlanCache(host), host)
  const first = await config().read()
  const { writing } = await withLock('config', host, async () => {
    const late = config().write(`${first.text}# ada\n`, by('ada', first))
    const ended = late.then(
      () => 'written',
      (error) => error.code,
    )
    await until(() => spawnSync('pgrep', ['-P', String(process.pid), '-fx', 'flock --exclusive 3']).status === 0)
    recordChange({ by: 'bob', via: 'session', version: '1', before: first.etag, after: 'second' }, host)
    writeFileSync(file, text('two'))
    return { writing: ended }
  })
  assert.equal(await writing, 'web/changed')
  assert.equal(readFileSync(file, 'utf8'), text('two'))
  assert.deepEqual(
    readChanges(host).map((it) => it.by),
    ['bob'],
  )
})
