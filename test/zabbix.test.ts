import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { lacks } from './support/lacks.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const AGENT = '/usr/sbin/zabbix_agentd'
const noAgent = lacks(AGENT)
// What the export format calls them, in the manual of Zabbix 6.0.
const VALUE_TYPES = ['CHAR', 'FLOAT', 'LOG', 'TEXT', 'UNSIGNED', undefined]
const PRIORITIES = ['INFO', 'WARNING', 'AVERAGE', 'HIGH', 'DISASTER']

interface Entity {
  readonly [key: string]: unknown
  readonly uuid: string
}
interface Trigger extends Entity {
  readonly expression: string
  readonly name: string
  readonly priority: string
}
interface Item extends Entity {
  readonly key: string
  readonly name: string
  readonly value_type?: string
  readonly triggers?: readonly Trigger[]
  readonly trigger_prototypes?: readonly Trigger[]
  readonly preprocessing?: readonly { readonly type: string; readonly parameters: readonly string[] }[]
  readonly master_item?: { readonly key: string }
}
interface Discovery extends Item {
  readonly item_prototypes: readonly Item[]
  readonly lld_macro_paths: readonly { readonly lld_macro: string; readonly path: string }[]
}
interface Template extends Entity {
  readonly template: string
  readonly groups: readonly { readonly name: string }[]
  readonly items: readonly Item[]
  readonly discovery_rules: readonly Discovery[]
  readonly macros: readonly { readonly macro: string; readonly value: string }[]
}

const text = readFileSync(join(checkout, 'share/zabbix/template_holdfast.yaml'), 'utf8')
const { zabbix_export: exported } = parse(text) as {
  readonly zabbix_export: {
    readonly version: string
    readonly groups: readonly (Entity & { readonly name: string })[]
    readonly templates: readonly Template[]
  }
}
const [template] = exported.templates
const rules = template?.discovery_rules ?? []
const prototypes = rules.flatMap(({ item_prototypes: found }) => found)

describe('the template for Zabbix', () => {
  it('has valid, unique identifiers', () => {
    assert.ok(template)
    assert.equal(exported.version, '6.0')
    const triggers = [...template.items, ...prototypes].flatMap((it) => [...(it.triggers ?? []), ...(it.trigger_prototypes ?? [])])
    const uuids = [...exported.groups, ...exported.templates, ...template.items, ...rules, ...prototypes, ...triggers].map(({ uuid }) => uuid)
    for (const uuid of uuids) assert.match(uuid, /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/u)
    assert.equal(new Set(uuids).size, uuids.length)
    for (const { name } of template.groups) assert.ok(exported.groups.some((it) => it.name === name))
  })

  it('takes what it discovers from an item of its own', () => {
    const masters = new Set(template?.items.map(({ key }) => key))
    for (const { key, master_item: master } of [...rules, ...prototypes]) assert.ok(masters.has(master?.key ?? ''), key)
  })

  it('speaks of its own items and macros only', () => {
    assert.ok(template)
    const keys = new Set([...template.items, ...prototypes].map(({ key }) => `/${template.template}/${key}`))
    const macros = new Set(template.macros.map(({ macro }) => macro))
    for (const item of [...template.items, ...prototypes]) {
      assert.ok(VALUE_TYPES.includes(item.value_type))
      for (const { expression, priority } of [...(item.triggers ?? []), ...(item.trigger_prototypes ?? [])]) {
        assert.ok(PRIORITIES.includes(priority))
        const referred = [...expression.matchAll(/\/[^/[]+\/[\w.]+\[[^\]]*\]/gu)].map(([it]) => it)
        assert.ok(referred.length > 0, expression)
        for (const it of referred) assert.ok(keys.has(it), it)
      }
    }
    for (const [macro] of text.matchAll(/\{\$[A-Z.]+\}/gu)) assert.ok(macros.has(macro), macro)
  })

  it('answers requests of an agent after a successful and a failed run', { skip: noAgent }, () => {
    const top = mkdtempSync(join(tmpdir(), 'holdfast-zabbix-'))
    try {
      // The agent does not stay root.
      chmodSync(top, 0o755)
      const file = join(top, 'trigger')
      const answers = (command: string) => {
        writeFileSync(
          join(top, 'config.yaml'),
          `version: 1\nlogs: { folder: ${top}/logs, trigger: { file: ${file} } }\ntasks: { t: { steps: [{ exec: [${command}] }] } }\n`,
        )
        spawnSync(join(checkout, 'holdfast'), ['-q', '-f', join(top, 'config.yaml'), 'run'], {
          env: { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(top, 'state') },
        })
        return (template?.items ?? []).map(({ key }) => {
          const asked = key.replace('{$HOLDFAST.TRIGGER}', file)
          const { stdout } = spawnSync(AGENT, ['-t', asked], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })
          return /\[(?<answer>[^[\]]*\|[^\]]*)\]\s*$/u.exec(stdout)?.groups?.['answer'] ?? stdout
        })
      }
      const [good, time, exists] = answers('/bin/true')
      assert.equal(good, 't|SUCCESS')
      assert.match(time ?? '', /^u\|\d{10}$/u)
      assert.equal(exists, 'u|1')
      assert.equal(answers('/bin/false')[0], 't|ERROR')
    } finally {
      rmSync(top, { recursive: true })
    }
  })

  it('discovers tasks and storages in the status, and finds in it what its items ask for', { skip: noAgent }, () => {
    const top = mkdtempSync(join(tmpdir(), 'holdfast-zabbix-'))
    try {
      chmodSync(top, 0o755)
      const [config, file] = [join(top, 'config.yaml'), join(top, 'status.json')]
      const holdfast = (...words: readonly string[]) =>
        spawnSync(join(checkout, 'holdfast'), ['-q', '-f', config, ...words], {
          encoding: 'utf8',
          env: { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(top, 'state') },
        })
      mkdirSync(join(top, 'store'))
      const step = (command: string) => `backup: { to: local, compress: none, keep: { last: 3 }, objects: { o: { exec: [${command}] } } }`
      writeFileSync(
        config,
        `version: 1\nstorages: { local: { type: localfs, root: ${top}/store } }\ntasks:\n  good: { schedule: "30 2 * * *", steps: [{ ${step('/bin/echo, x')} }] }\n  bad: { steps: [{ ${step('/bin/false')} }] }\n`,
      )
      holdfast('run', 'good')
      holdfast('run', 'bad')
      holdfast('verify', 'good')
      const written = holdfast('status', '--json', '--to', file)
      assert.deepEqual([written.status, written.stdout], [0, ''], written.stderr)
      const { stdout } = spawnSync(AGENT, ['-t', `vfs.file.contents[${file}]`], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })
      const status = JSON.parse(/\[t\|(?<text>\{.*\})\]\s*$/u.exec(stdout)?.groups?.['text'] ?? stdout)
      assert.deepEqual(
        rules.map(({ lld_macro_paths: [path], preprocessing: [first] = [] }) => {
          const [list, name] = [first?.parameters[0], path?.path].map((it) => it?.replace('$.', '') ?? '')
          return status[list ?? ''].map((row: Readonly<Record<string, unknown>>) => row[name ?? ''])
        }),
        [['good', 'bad'], ['local']],
      )
      // Absent as long as there is nothing: no restore was made, and the task is not in the crontab.
      const absent = new Set(['restored', 'next_run'])
      for (const { preprocessing: [first] = [], key } of prototypes) {
        const {
          list,
          name,
          field = '',
        } = /^\$\.(?<list>\w+)\[\?\(@\.(?<name>\w+) == "\{#[A-Z]+\}"\)\]\.(?<field>\w+)\.first\(\)$/u.exec(first?.parameters[0] ?? '')?.groups ?? {}
        const row = status[list ?? ''].find((it: Readonly<Record<string, unknown>>) => ['good', 'local'].includes(String(it[name ?? ''])))
        assert.equal(field in row, !absent.has(field), key)
      }
      assert.deepEqual(
        status.tasks.map(({ state }: { readonly state: string }) => state),
        ['ok', 'failed'],
      )
      const shown = holdfast('status').stdout
      assert.match(shown, /^ {2}good +ok +\S.* ago +\S.* ago +-/mu)
      assert.match(shown, /^ {2}bad +failed +never +never +- +\S/mu)
    } finally {
      rmSync(top, { recursive: true })
    }
  })
})
