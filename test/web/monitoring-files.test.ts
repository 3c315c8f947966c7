import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { openWebPlace } from '../support/web-place.ts'

const fileOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const HOLDFAST = fileOf('holdfast')

interface Rule {
  readonly alert: string
  readonly expr: string
}

test('the alert rules and the dashboard use metrics that exist, with labels that exist', async (t) => {
  const place = await openWebPlace()
  t.after(() => place.close())
  const holdfast = (...words: readonly string[]) => spawnSync(HOLDFAST, ['-f', place.config, ...words], { env: place.env, encoding: 'utf8' })
  assert.equal(holdfast('-q', 'run', 'nightly').status, 0)
  assert.equal(holdfast('-q', 'run', 'secret').status, 0)
  assert.equal(holdfast('-q', 'verify', 'nightly', 'latest').status, 0)
  const printed = holdfast('metrics').stdout
  const labels = new Map<string, Set<string>>()
  for (const [, name = ''] of printed.matchAll(/^# TYPE (\w+) /gmu)) labels.set(name, new Set(['instance', 'job']))
  for (const [, name = '', list = ''] of printed.matchAll(/^(\w+)\{(.*)\} /gmu))
    for (const [, label = ''] of list.matchAll(/(\w+)="/gu)) labels.get(name)?.add(label)

  const rules: readonly Rule[] = parse(readFileSync(fileOf('share/monitoring/alerts.yaml'), 'utf8')).groups[0].rules
  const dashboard = readFileSync(fileOf('share/monitoring/grafana-dashboard.json'), 'utf8')
  const exprs = [
    ...rules.map(({ expr }) => expr),
    ...[...dashboard.matchAll(/"expr": (".*")/gu)].map(([, text = '""']) => JSON.parse(text) as string),
  ]
  assert.ok(exprs.length > rules.length)
  for (const expr of exprs) {
    const used = [...expr.matchAll(/(holdfast_\w+)(?:\{([^}]*)\})?/gu)]
    assert.ok(used.length > 0, expr)
    for (const [, name = '', matchers = ''] of used) {
      assert.ok(labels.has(name), `${name} in ${expr}`)
      for (const [, label = ''] of matchers.matchAll(/(\w+)\s*[=!]/gu)) assert.ok(labels.get(name)?.has(label), `${label} of ${name} in ${expr}`)
    }
  }

  // A task without sets has no size, and nothing to read back.
  const [base = ''] = rules.find(({ alert }) => alert === 'BackupNeverVerified')?.expr.split(' ') ?? []
  assert.match(printed, new RegExp(`^${base}\\{task="nightly"\\}`, 'mu'))
  assert.doesNotMatch(printed, new RegExp(`^${base}\\{task="secret"\\}`, 'mu'))
})
