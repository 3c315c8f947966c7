import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { HOST, planFrom } from '../../../test/support/palhm.ts'
import { diskReader, memoryReader } from '../../../test/support/readers.ts'
import { loadPalhm } from '../../legacy/palhm/load.ts'
import type { Command } from '../../plan/command.ts'
import type { HostFacts } from '../../plan/loading.ts'
import type { KeepPolicy, Plan, Step } from '../../plan/plan.ts'
import { loadNative } from '../native/load.ts'
import { renderIssues } from '../render-issues.ts'
import { renderNative } from './render-native.ts'

const golden = fileURLToPath(new URL('../../../test/golden/', import.meta.url))
const configs = `${golden}palhm/configs/`
const names = readdirSync(configs).filter((it) => /\.jsonc?$/u.test(it))

async function reload(text: string): Promise<Plan> {
  const host: HostFacts = { ...HOST, environment: { PATH: '/usr/bin', HOME: '/root' } }
  const { plan, issues } = await loadNative('/c/new.yaml', { reader: memoryReader({ '/c/new.yaml': text }), host })
  assert.ok(plan, `${renderIssues(issues)}\n${text}`)
  return plan
}

const MAX_CODE = 255
const commandOf = ({ argv, environment, searchPath, accept: { min, max }, showStdout, showStderr, ...rest }: Command): object => ({
  argv,
  values: environment.values,
  searchPath,
  accept: min > max || min > MAX_CODE ? 'none' : [min, Math.min(max, MAX_CODE)],
  showStdout,
  showStderr,
  ...rest,
  execId: undefined,
})
const keepOf = ({ copies, totalBytes, buckets }: KeepPolicy): object => {
  const last = buckets?.last ?? (copies === undefined ? undefined : Number(copies))
  const isReal = (it: number | undefined) => it !== undefined && it <= Number.MAX_SAFE_INTEGER
  return {
    last: isReal(last) ? Math.max(1, last ?? 1) : undefined,
    bytes: totalBytes === undefined || !isReal(Number(totalBytes)) ? undefined : Math.max(0, Number(totalBytes)),
  }
}

const rootOf = (step: Step) => {
  const storage = step.kind === 'backup' ? step.targets[0]?.storage : undefined
  return storage?.kind === 'localfs' || storage?.kind === 's3' ? storage.root : ''
}

/** What a step does, less the names that only messages show. */
function essence(step: Step): object {
  if (step.kind === 'exec') return commandOf(step.command)
  if (step.kind !== 'backup') return step
  const { targets, objects } = step
  return targets.map(({ storage, keep }) => ({
    storage,
    keep: keepOf(storage.kind === 'null' ? {} : keep),
    objects: objects.map(({ path, stages, after, expectedBytes }) => ({
      path: storage.kind === 'null' ? '' : path,
      stages: stages.map(commandOf),
      after,
      expectedBytes,
    })),
  }))
}

describe('texts of a converted configuration', () => {
  it('shows its texts in their own order, and means the same', async () => {
    const { renderYaml } = await import('./render-yaml.ts')
    const text = renderYaml(new Map([['a\u202eb', 'c\u2066\u200b\u{e0041}']]), ['d\u202e'])
    assert.doesNotMatch(text, /[\p{Cf}\u{e0041}]/u)
    assert.deepEqual(parse(text), { 'a\u202eb': 'c\u2066\u200b\u{e0041}' })
  })
})

describe('a converted configuration', () => {
  for (const name of names)
    it(`${name} does what the old one did`, async () => {
      const { plan } = await loadPalhm(configs + name, { reader: diskReader, host: HOST })
      if (!plan) return
      const text = renderNative(plan, HOST)
      const converted = await reload(text)
      assert.equal(converted.workers, plan.workers)
      for (const task of plan.tasks.values()) {
        if (/LAYOUT|empty pipeline/u.test(text)) continue
        const steps = converted.tasks.get(task.name === '' ? 'unnamed' : task.name)?.steps
        assert.deepEqual(steps?.map(essence), task.steps.map(essence), text)
      }
    })

  for (const name of ['01-localfs-groups.jsonc', '10-env.json', '11-routine.json'])
    it(`${name} reads as on record`, async (t) => {
      const { plan } = await loadPalhm(configs + name, { reader: diskReader, host: HOST })
      assert.ok(plan)
      // Renewed by --test-update-snapshots.
      t.assert.fileSnapshot(renderNative(plan, HOST).replaceAll(configs, ''), `${golden}native/converted/${name}.yaml`, { serializers: [String] })
    })

  it('lists unsupported settings', async () => {
    const backup = (id: string, more: object) => ({ id, type: 'backup', objects: [{ path: 'a', pipeline: [] }], ...more })
    const local = { backend: 'localfs', 'backend-param': { root: '/b' } }
    const text = renderNative(
      await planFrom({
        modules: ['aws'],
        tasks: [
          backup('one', local),
          backup('two', local),
          backup('three', { backend: 'localfs', 'backend-param': { root: '/' } }),
          backup('four', { backend: 'aws-s3', 'backend-param': { bucket: 'b', root: 'r' } }),
        ],
        'boot-report': { mua: 'stdout', 'mail-to': ['root'] },
      }),
      HOST,
    )
    for (const part of [/LAYOUT: the root "\/b" is also used by another task/u, /LAYOUT: the root "\/" cannot/u, /empty pipeline/u, /boot report/u])
      assert.match(text, part)
    const { tasks } = await reload(text)
    assert.deepEqual(
      [...tasks.values()].map(({ steps }) => steps.map((it) => rootOf(it))),
      [['/b'], ['/b/two'], ['/three'], ['r']],
    )
  })

  it('expands nothing that was not expanded', async () => {
    const values = { A: ['$', '{env:HOME}'].join(''), B: '$${x}', C: '$$${', D: '$x' }
    const plan = await planFrom({ tasks: [{ id: 'default', type: 'routine', routine: [{ type: 'exec-inline', argv: ['x'], env: values }] }] })
    const [step] = (await reload(renderNative(plan, HOST))).tasks.get('default')?.steps ?? []
    assert.deepEqual(step?.kind === 'exec' && step.command.environment.values, values)
  })
})
