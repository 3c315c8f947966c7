import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { configOf, KRISTA_FILE, loadText as loadKristaText, WITHOUT_PLAN } from '../../../../test/support/krista.ts'
import { planOf } from '../../../../test/support/native.ts'
import type { FileSet, NameFormat } from '../../../plan/dated-files.ts'
import { compilePatterns, type PatternList } from '../../../plan/patterns/compile-patterns.ts'
import type { Plan, Step } from '../../../plan/plan.ts'
import { isCrontabTimes } from '../../../plan/times/times.ts'
import { renderKristaAsNative } from './render-krista.ts'

const folder = fileURLToPath(new URL('../../../../test/golden/krista/recorded/', import.meta.url))
const example = fileURLToPath(new URL('../../../../examples/krista/config.yaml', import.meta.url))
const names = readdirSync(folder).filter((it) => it.endsWith('.yaml') && !WITHOUT_PLAN.includes(it))

function patternsOf(list: PatternList): PatternList {
  const refused = new Set(compilePatterns(list).refused.map(({ pattern }) => pattern))
  const patterns = list.patterns.filter((it) => !refused.has(it.trim()))
  return patterns.length === 0 ? { language: 'shell', patterns } : { ...list, patterns }
}

const nameText = (format: NameFormat) =>
  format
    .map((part) => (part.kind === 'text' ? part.text : part.kind === 'date' ? `<${part.format}>` : `{${part.field}}`))
    .join('')
    .replaceAll('<>', '')

function setEssence(files: FileSet, at: (path: string) => string): object {
  const { scheme, digests, ...rest } = files
  if (files.kind === 'archives') {
    const [level0, level1 = level0] = files.folders
    return { ...rest, digests, folders: [at(level0), at(level1)], names: [nameText(scheme.archive), digests && nameText(scheme.archiveDigest)] }
  }
  const { environment: _environment, searchPath: _path, ...server } = files.server
  return {
    ...rest,
    digests,
    databases: { ...files.databases, exclude: patternsOf(files.databases.exclude) },
    server,
    folder: at(files.folder),
    names: [nameText(scheme.dump), digests && nameText(scheme.dumpDigest)],
  }
}

type Essences = { readonly [K in Step['kind']]?: (step: Extract<Step, { kind: K }>, at: (path: string) => string) => object | undefined }

const FAILING = 'echo "$0" >&2; exit 1'

/** What is told by more than the same words. Undefined: it does nothing. */
const ESSENCES: Essences = {
  archive: ({ source, target, files, exclude }, at) => ({
    source: at(source),
    target: at(target),
    files: setEssence(files, at),
    exclude: patternsOf(exclude),
  }),
  dump: ({ files }, at) => ({ files: setEssence(files, at) }),
  expire({ sets }, at) {
    const limited = sets.filter(({ limits }) => limits.maxFiles !== undefined || limits.days !== undefined)
    const kept = limited.map(({ files, folder: copies, limits }) => ({ files: setEssence(files, at), copies: copies && at(copies), limits }))
    return kept.length === 0 ? undefined : { sets: kept }
  },
  'copy-files'({ periods, sets }, at) {
    const due = periods.filter(({ when }) => when).map((it) => ({ ...it, folder: at(it.folder) }))
    return due.length === 0 || sets.length === 0 ? undefined : { periods: due, sets: sets.map(({ files }) => setEssence(files, at)) }
  },
  'test-files': ({ sets }, at) => (sets.length === 0 ? undefined : { sets: sets.map(({ files }) => setEssence(files, at)), onBroken: 'warn' }),
  sync({ source, target }, at) {
    const place = (it: string) => (/^[^/]*:/u.test(it) ? it : at(it) + (/\/$|^\.?$/u.test(it) ? '/' : ''))
    return { source: place(source), target: place(target), environment: 0, searchPath: 0 }
  },
  mount: ({ point }, at) => ({ point: at(point) }),
  ticket: ({ folder, cycles, options = [] }, at) => ({
    folder: at(folder),
    cycles: cycles === 0 ? 1 : cycles,
    options,
    environment: 0,
    searchPath: 0,
  }),
  exec: ({ command: { argv, accept, showStdout, workingFolder } }) =>
    argv[2] === FAILING ? { kind: 'issue', name: 0, command: 0, fails: true } : { command: [argv, accept, showStdout, workingFolder] },
  issue: ({ issue }) => (issue.severity === 'warning' ? undefined : { name: 0, command: 0, issue: 0, fails: true }),
}

/** What a step does, its paths absolute, less what no native step says: environments, and names of sets. */
function essence(step: Step): readonly object[] {
  const { workingFolder = '/', ...rest } = step as Step & { readonly workingFolder?: string }
  const own = ESSENCES[step.kind] as ((step: Step, at: (path: string) => string) => object | undefined) | undefined
  const told = own?.(step, (path) => resolve(workingFolder, path))
  if (own !== undefined && told === undefined) return []
  const base = { issue: 0, ...rest, onFailure: step.onFailure ?? 'stop', dry: step.dry ?? false }
  return [{ ...base, ...told }]
}

function assertSame(old: Plan, made: Plan, text: string): void {
  const units = new Map([...(old.parts ?? []), ...old.tasks])
  assert.deepEqual([...made.tasks.keys()].sort(), [...units.keys()].sort())
  for (const [name, task] of units) {
    const now = made.tasks.get(name)
    assert.deepEqual(now?.steps.flatMap(essence), task.steps.flatMap(essence), `${name}\n${text}`)
    assert.deepEqual(
      [now?.description, now?.schedule?.words],
      [task.description, task.schedule?.words.every(isCrontabTimes) ? task.schedule.words : undefined],
      name,
    )
  }
  assert.deepEqual(
    [made.runLogs?.folder, made.runLogs?.triggerFile, made.runLogs?.tag],
    [old.runLogs?.folder, old.runLogs?.triggerFile, old.runLogs?.tag],
  )
}

describe('a converted configuration of KristaBackup', () => {
  for (const [name, path] of [['the example', example], ...names.map((it) => [it, folder + it] as const)] as const)
    it(`means the same: ${name}`, async () => {
      const { plan } = await loadKristaText(readFileSync(path))
      assert.ok(plan)
      const text = renderKristaAsNative(plan)
      assertSame(plan, await planOf(text), text)
    })

  it('lists the differences', async () => {
    const actions = `{a: {type: pgdump, basename: b, dest_path: d, databases: [x], user: u, password: 'CAN\${ARY'}, t: {type: command, cmd: 'true'}}`
    const schedule = '{t: {actions: [a], cron: "1 2 3 4 5", all_fields_match: true, naming: {project: other}}}'
    const { plan } = await loadKristaText(`${configOf(actions, schedule)}allow_parallel: false\ncron: {cron_user: joe}\n`)
    assert.ok(plan)
    const text = renderKristaAsNative(plan)
    const [head = ''] = text.split('\n\n')
    assert.match(head, new RegExp(KRISTA_FILE, 'u'))
    for (const word of ['all_fields_match', 'allow_parallel', '"t" has the same name as a task', 'plain text', '"joe"', 'The log tag "'])
      assert.ok(head.includes(word), `${word}\n${text}`)
    assert.doesNotMatch(head, /CAN/u)
    const [step] = (await planOf(text)).tasks.get('t')?.steps ?? []
    assert.equal(step?.kind === 'dump' && step.files.server.password?.kind === 'plain' && step.files.server.password.value, 'CAN${ARY')
  })
})
