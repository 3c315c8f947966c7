import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { parseDocument } from 'yaml'
import { configOf, loadText, renderPlan, stepsOf, tell } from '../../../test/support/krista.ts'
import type { ArchiveStep } from '../../plan/dated-files.ts'
import type { Step } from '../../plan/plan.ts'
import { ACTION_TYPES } from './keys.ts'

const archiveOf = async (record: string, more = '') => {
  const { steps, errors } = await stepsOf(record, more)
  const step = steps[0]
  assert.ok(step?.kind === 'archive', errors)
  return step
}
const kindsOf = (steps: readonly Step[] | undefined) => steps?.map(({ kind }) => kind)
const ownScheme = (id: string, mark: string) =>
  `{${id}fsdump_fileformat: '${mark}-{date:%Y}.{ext}', fsdump_hash_fileformat: 'h-{date:%Y}', pgdump_fileformat: 'p-{date:%Y}', pgdump_hash_fileformat: 'q-{date:%Y}'}`
const markOf = ({ files }: ArchiveStep) => JSON.stringify(files.scheme.archive[0])

// Where something stands changes, of course, and the order in which names are listed.
function withoutPlace(key: string, value: unknown): unknown {
  return ['line', 'column', 'hint', 'environment'].includes(key) ? undefined : value
}

describe('inheritance', () => {
  it('gives the same plan for any order of actions', async () => {
    const folder = fileURLToPath(new URL('../../../test/golden/krista/recorded/', import.meta.url))
    const names = readdirSync(folder).filter((name) =>
      ['naming.yaml', 'misc.yaml', 'move.yaml', 'cleaner.yaml', 'pgclean.yaml', 'script.yaml'].includes(name),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.integer(), async (name, seed) => {
        const text = readFileSync(folder + name, 'utf8')
        const document = parseDocument(text, { version: '1.1' })
        const actions = document.get('actions') as { items: unknown[] }
        const shuffled = fc.sample(fc.shuffledSubarray(actions.items, { minLength: actions.items.length }), { numRuns: 1, seed })[0] ?? []
        actions.items = shuffled
        const lines = async (it: string) => {
          const { plan } = await loadText(it)
          const units = [...(plan?.tasks ?? []), ...(plan?.parts ?? [])].map(([key, { steps }]) => `${key}: ${JSON.stringify(steps, withoutPlace)}`)
          return units.sort()
        }
        assert.deepEqual(await lines(document.toString({ lineWidth: 0 })), await lines(text))
      }),
      { numRuns: 30, seed: 3 },
    )
  })

  it('hands down every key that the child does not have, over any number of ancestors', async () => {
    const step = await archiveOf(
      '{source: b, level: 1}',
      'b: {source: c, basename: x}, c: {type: zip, src_path: /s, exclusions: [k], level_folders: "f,g"}',
    )
    assert.deepEqual(
      [step.container, step.source, step.files.basename, step.files.level, step.files.folders, step.exclude.patterns],
      ['zip', '/s', 'x', 1, ['./f', './g'], ['k']],
    )
  })

  it('treats a key without a value as set', async () => {
    assert.deepEqual((await archiveOf('{source: b, exclusions: }', 'b: {type: tar, basename: x, exclusions: [k]}')).exclude.patterns, [])
  })

  it('lets the name of a scheme in the child win, and the scheme of the parent else', async () => {
    const more = `b: {type: tar, basename: x, naming_scheme: ${ownScheme('scheme_id: mine, ', 'B')}}`
    assert.match(markOf(await archiveOf('{source: b, naming_scheme: default}', more)), /basename/u)
    assert.match(markOf(await archiveOf('{source: b}', more)), /B-/u)
    assert.match(markOf(await archiveOf('{source: b, naming_scheme: }', more)), /B-/u)
    assert.match(markOf(await archiveOf('{type: tar, basename: y, naming_scheme: mine}', more)), /B-/u)
  })

  it('uses the scheme of the task for an action without one', async () => {
    const schedule = `{t: {actions: [a, c], naming: {naming_scheme: ${ownScheme('', 'T')}}}, u: {actions: [a]}}`
    const { plan } = await loadText(configOf('{a: {type: tar, basename: x}, c: {type: cleaner, source: a, max_files: 1}}', schedule))
    const [archive, expire] = plan?.tasks.get('t')?.steps ?? []
    assert.ok(archive?.kind === 'archive' && expire?.kind === 'expire')
    assert.match(markOf(archive), /T-/u)
    assert.deepEqual(expire.sets[0]?.files, archive.files)
    const [plain] = plan?.tasks.get('u')?.steps ?? []
    assert.ok(plain?.kind === 'archive' && plain.files.scheme.id === 'default')
  })

  it('finds the files of a level without basename', async () => {
    const more = 'b: {type: tar, src_path: /s}, c: {type: cleaner, source: a, max_files: 1}'
    const { steps, plan } = await stepsOf('{source: b, level: 1}', more)
    const [expire] = plan?.parts?.get('c')?.steps ?? []
    assert.ok(steps[0]?.kind === 'archive' && expire?.kind === 'expire')
    assert.equal(steps[0].files.basename, 'b')
    assert.equal(expire.sets[0]?.files.basename, 'b')
  })
})

describe('values', () => {
  it('are true as Python sees it, with a warning where that is surprising', async () => {
    for (const [value, wanted] of [
      ['true', true],
      ['no', false],
      ['1', true],
      ['0', false],
      ["''", false],
      ["'False'", true],
      ["'no'", true],
      ['', false],
    ] as const) {
      const { steps, warnings } = await stepsOf(`{type: tar, basename: x, overwrite: ${value}}`)
      assert.ok(steps[0]?.kind === 'archive' && steps[0].overwrite === wanted, value)
      assert.equal(/treated as true/u.test(warnings), value.startsWith("'") && value.length > 2, value)
    }
  })

  it('are numbers also as text', async () => {
    assert.equal((await archiveOf("{type: tar, basename: x, level: '1'}")).files.level, 1)
    const high = await stepsOf('{type: tar, basename: x, level: 2}')
    assert.deepEqual(kindsOf(high.steps), ['issue', 'archive'])
    assert.ok(high.steps[1]?.kind === 'archive' && high.steps[1].files.level === 1)
    const { steps } = await stepsOf("{type: cleaner, source: b, max_files: ' 2 ', days: 3.0}", 'b: {type: tar, basename: x}')
    assert.ok(steps[0]?.kind === 'expire')
    assert.deepEqual(steps[0].sets[0]?.limits, { maxFiles: 2, days: 3 })
  })

  it('are rendered in names as Python does', async () => {
    for (const [value, name] of [
      ['3.10', '3.1'],
      ['yes', 'True'],
      ['007', '7'],
      ['2020-01-01', '2020-01-01'],
      ['12:30', '750'],
      ['', 'None'],
    ] as const)
      assert.equal((await archiveOf(`{type: tar, basename: ${value}}`)).files.basename, name)
  })

  it('are lists also as one text with commas', async () => {
    const patterns = async (value: string) => (await archiveOf(`{type: tar, basename: x, exclusions: ${value}}`)).exclude.patterns
    assert.deepEqual(await patterns("'*/data/*, *.log'"), ['*/data/*', '*.log'])
    assert.deepEqual(await patterns("'x, , a*'"), ['x', 'a*'])
    assert.deepEqual(await patterns(''), [])
    assert.deepEqual(await patterns("[a, 'b, c']"), ['a', 'b, c'])
    assert.deepEqual(await patterns('5'), ['5'])
  })

  it('of compression count, and 5 is usual where it always was', async () => {
    const level = async (record: string) => (await archiveOf(`{basename: x, ${record}}`)).compressionLevel
    assert.equal(await level('type: tar'), 5)
    assert.equal(await level('type: tar, compression_lib: bzip'), 5)
    assert.equal(await level('type: tar, compression_lib: lzma'), undefined)
    assert.equal(await level('type: zip'), undefined)
    assert.equal(await level('type: zip, compression_lib: bzip'), undefined)
    assert.equal(await level('type: tar, compression: 9'), 9)
    assert.equal(await level('type: tar, compression: best'), 5)
  })

  it('of extensions match existing files', async () => {
    const extension = async (record: string) => (await archiveOf(`{basename: x, ${record}}`)).files.extension
    for (const [record, wanted] of [
      ['type: tar', 'tar.gz'],
      ['type: tar, compression_lib: bzip', 'tar.bz2'],
      ['type: tar, compression_lib: lzma', 'xz'],
      ['type: tar, compression_lib: wat', 'tar.gz'],
      ['type: zip', 'zip'],
      ['type: zip, compression_lib: bzip', 'bz2'],
      ['type: zip, compression_lib: lzma', 'xz'],
      ['type: zip, compression_lib: gzip', 'zip'],
    ] as const)
      assert.equal(await extension(record), wanted, record)
  })
})

describe('actions', () => {
  it('each have a type that compiles', async () => {
    const needs: Readonly<Record<string, string>> = {
      pgdump: ', databases: [d]',
      cleaner: ', source: b, max_files: 1',
      mount: ', mnt_dev: d, mnt_point: /m',
      umount: ', mnt_point: /m',
      move_bkp_period: ', action_list: b, periods: {w: {cron: "@weekly"}}',
      command: ", cmd: 'true'",
      script: ", cmds: ['true']",
    }
    for (const type of ACTION_TYPES) {
      const { steps, errors } = await stepsOf(`{type: ${type}, basename: x${needs[type] ?? ''}}`, 'b: {type: tar, basename: x}')
      assert.deepEqual([errors, steps.length, steps.filter(({ kind }) => kind === 'issue').length], ['', 1, 0], type)
      assert.deepEqual([steps[0]?.name, steps[0]?.workingFolder], ['a', '/opt/KristaBackup'])
    }
  })

  it('let the task go on when a command fails, and stop it else', async () => {
    const onFailure = async (record: string) => (await stepsOf(record)).steps[0]?.onFailure
    assert.equal(await onFailure("{type: command, cmd: 'true'}"), 'continue')
    assert.equal(await onFailure("{type: command, cmd: 'true', continue_on_error: false}"), undefined)
    assert.equal(await onFailure('{type: tar, basename: x}'), undefined)
    assert.equal(await onFailure('{type: tar, basename: x, continue_on_error: true}'), 'continue')
  })

  it('run all commands of a script, whichever fails', async () => {
    const { steps } = await stepsOf('{type: script, cmds: [one, two], src_path: w}')
    assert.deepEqual(kindsOf(steps), ['exec', 'exec'])
    const strict = await stepsOf('{type: script, cmds: [one, two], continue_on_error: false}')
    assert.deepEqual(kindsOf(strict.steps), ['exec'])
    assert.ok(steps[0]?.kind === 'exec' && strict.steps[0]?.kind === 'exec')
    assert.equal(steps[0].command.workingFolder, '/opt/KristaBackup/w')
    assert.deepEqual(strict.steps[0].command.argv.slice(-2), ['one', 'two'])
  })

  it('pass the whole environment to programs, and passwords only to the dump', async () => {
    const { steps, plan } = await stepsOf(
      "{type: command, cmd: 'true'}",
      "b: {type: pgdump, basename: x, databases: [d], user: u, password: 'sec ret'}",
    )
    assert.ok(steps[0]?.kind === 'exec')
    assert.deepEqual(steps[0].command.environment.values, { PATH: '/usr/bin:/bin', HOME: '/root', LC_ALL: 'C' })
    const [dump] = plan?.parts?.get('b')?.steps ?? []
    assert.ok(dump?.kind === 'dump')
    assert.deepEqual(dump.files.server.password, { kind: 'plain', value: 'sec ret' })
    assert.ok(!JSON.stringify(dump.files.server.environment).includes('sec ret'))
  })

  it('never quote a password, whatever the error', async () => {
    for (const password of ["'sec ret'", '[sec ret]', '{sec ret: 1}', 'sec ret', '!!str sec ret'])
      for (const rest of ['user: u', 'host: h', 'user: u, port: x', 'user: [u], mode: sec']) {
        const { plan, issues } = await loadText(
          configOf(`{a: {type: pgdump, basename: x, databases: [d], ${rest}, password: ${password}}, b: {type: tar, source: a, passwrd: 1}}`),
        )
        assert.ok(!tell(issues).includes('sec ret'), tell(issues))
        assert.ok(plan && !renderPlan(plan).includes('sec ret'))
      }
  })

  it('of several databases need names that differ', async () => {
    const scheme = (dump: string, digest = 'd-{dbname}') =>
      `naming_scheme: {fsdump_fileformat: 'x.{ext}', fsdump_hash_fileformat: h, pgdump_fileformat: '${dump}-{date:%Y%m%d}', pgdump_hash_fileformat: '${digest}'}`
    const told = async (rest: string) => {
      const { steps, errors, warnings } = await stepsOf(`{type: pgdump, basename: x, ${rest}}`)
      return [kindsOf(steps), /several databases/u.test(errors), /several databases/u.test(warnings)]
    }
    for (const databases of ['databases: [d, e]', 'mode: all'])
      assert.deepEqual(await told(`${databases}, ${scheme('p')}`), [['issue'], true, false], databases)
    assert.deepEqual(await told(`databases: [d, d], ${scheme('p')}`), [['dump'], false, false])
    assert.deepEqual(await told(`databases: [d, e], ${scheme('{dbname}')}`), [['dump'], false, false])
    assert.deepEqual(await told(`databases: [d, e], checksum_file: true, ${scheme('{dbname}', 'd')}`), [['dump'], false, true])
    assert.deepEqual(await told(`databases: [d, e], checksum_file: true, ${scheme('{dbname}')}`), [['dump'], false, false])
  })

  it('of level 1 need names, or a folder, of their own', async () => {
    const told = async (rest: string) => {
      const { steps, errors } = await stepsOf(`{type: tar, basename: x, ${rest}}`)
      return [kindsOf(steps), /archives of both levels would have the same names/u.test(errors)]
    }
    const scheme = `naming_scheme: ${ownScheme('', 'm')}`
    assert.deepEqual(await told(`level: 1, ${scheme}`), [['issue'], true])
    assert.deepEqual(await told(`level: 1, level_folders: './x, x/', ${scheme}`), [['issue'], true])
    assert.deepEqual(await told(`level: 0, ${scheme}`), [['archive'], false])
    assert.deepEqual(await told(`level: 1, level_folders: '0, 1', ${scheme}`), [['archive'], false])
    assert.deepEqual(await told('level: 1'), [['archive'], false])
  })

  it('that test files report what they do not test', async () => {
    const stepsWith = async (makers: string) => {
      const { steps, warnings } = await stepsOf('{type: check_backup}', makers)
      return [kindsOf(steps), [...warnings.matchAll(/actions\.a: (.*?)\./gu)].map(([, text]) => text)]
    }
    const good = 'b: {type: tar, basename: x}'
    const wrong = 'w: {type: tar, basename: x, level: 7e}'
    const untested = 'the files of action "w" are not tested, because the action is invalid'
    assert.deepEqual(await stepsWith(good), [['test-files'], []])
    assert.deepEqual(await stepsWith(`${good}, ${wrong}`), [['issue', 'test-files'], [untested]])
    assert.deepEqual(await stepsWith(wrong), [
      ['issue', 'issue'],
      [untested, 'no files are tested'],
    ])
    assert.deepEqual(await stepsWith("c: {type: command, cmd: 'true'}"), [['issue'], ['no files are tested']])
  })

  it('of the superuser run as postgres, and reach a host only with a user', async () => {
    const server = async (record: string) => {
      const { steps } = await stepsOf(`{type: pgdump, basename: x, databases: [d]${record}}`)
      assert.ok(steps[0]?.kind === 'dump')
      const { environment: _, searchPath: __, ...rest } = steps[0].files.server
      return rest
    }
    assert.deepEqual(await server(''), { kind: 'postgresql', runAs: 'postgres', port: 5432 })
    assert.deepEqual(await server(', host: h, password: p'), { kind: 'postgresql', runAs: 'postgres', port: 5432 })
    assert.deepEqual(await server(", host: h, user: u, port: '5433'"), { kind: 'postgresql', user: 'u', host: 'h', port: 5433 })
  })

  it('are dry for one occurrence only', async () => {
    const { plan } = await loadText(
      configOf("{a: {type: command, cmd: 'true'}, b: {type: command, cmd: 'true', dry: true}}", '{t: {actions: [[a, --dry], a, b, [--d, a]]}}'),
    )
    assert.deepEqual(
      plan?.tasks.get('t')?.steps.map(({ dry }) => dry === true),
      [true, false, true, true],
    )
  })

  it('that are copied by period are cleaned there, with the limits of the period', async () => {
    const { plan } = await loadText(
      configOf(
        '{t: {type: tar, basename: x, dest_path: /b}, m: {type: move_bkp_period, action_list: [t], dest_path: v, periods: {w: {cron: "@weekly", max_files: 2}, y: {cron: "@yearly", path: /y, days: 9}, n: {cron: Daily}}}, c: {type: cleaner, source: m, max_files: 99}}',
      ),
    )
    const [copy] = plan?.parts?.get('m')?.steps ?? []
    const [expire] = plan?.parts?.get('c')?.steps ?? []
    assert.ok(copy?.kind === 'copy-files' && expire?.kind === 'expire')
    assert.deepEqual(
      copy.periods.map(({ folder, when }) => [folder, when?.text]),
      [
        ['v/w', '@weekly'],
        ['/y', '@yearly'],
        ['v/n', '@daily'],
      ],
    )
    assert.deepEqual(
      expire.sets.map(({ folder, limits }) => [folder, limits]),
      [
        ['v/w', { maxFiles: 2 }],
        ['/y', { days: 9 }],
      ],
    )
  })
})

describe('tasks', () => {
  it('that are wrong fail by themselves, and leave the others alone', async () => {
    const { plan, errors } = await loadText(
      configOf("{a: {type: command, cmd: 'true'}, w: {type: wat}}", '{bad: {actions: [a, nosuch]}, half: {actions: [w, a]}, good: {actions: [a]}}'),
    )
    assert.match(errors, /nosuch/u)
    assert.deepEqual(kindsOf(plan?.tasks.get('bad')?.steps), ['issue'])
    assert.deepEqual(kindsOf(plan?.tasks.get('half')?.steps), ['issue', 'exec'])
    assert.deepEqual(kindsOf(plan?.tasks.get('good')?.steps), ['exec'])
    assert.deepEqual(kindsOf(plan?.parts?.get('w')?.steps), ['issue'])
  })

  it('are shown with the actions beside them, and with what holds for all', async () => {
    const schedule = '{t: {actions: [a], cron: "1 2 3 4 5", all_fields_match: true}}'
    const { plan } = await loadText(`${configOf("{a: {type: command, cmd: 'true'}, b: {type: dschecker}}", schedule)}allow_parallel: false
cron: {cron_user: joe}
`)
    const shown = plan ? renderPlan(plan) : ''
    for (const line of ['while one of its tasks is running: no other', 'crontab of: joe', '    schedule: 1 2 3 4 5, both day fields must match'])
      assert.ok(shown.split('\n').includes(line), `${line}\n${shown}`)
    assert.match(shown, /^actions:\n {2}a:\n.*\n {2}b:\n/mu)
    assert.doesNotMatch(shown, /available storages|available report methods/u)
    const usual = (await loadText(configOf("{a: {type: command, cmd: 'true'}}"))).plan
    assert.ok(usual && !/no other|crontab/u.test(renderPlan(usual)))
  })

  it('contain their times, their names in logs, and the other settings', async () => {
    const { plan } = await loadText(`naming: {server_name: s, project: 3.10, region: yes}
cron: {cron_user: backup}
logging: {logs_path: logs, trigger_filepath: /t, use_console: true}
allow_parallel: no
schedule: {t: {actions: [a], cron: 00 23 * * 0, all_fields_match: true, descr: x, naming: {region: 007}}, u: {actions: a}}
actions: {a: {type: command, cmd: 'true'}, t: {type: dschecker}}
`)
    const task = plan?.tasks.get('t')
    assert.deepEqual(task?.schedule, { words: ['00 23 * * 0'], jitterMs: 0, catchUp: false, matchAllDays: true })
    assert.deepEqual([task.logTag, task.description], ['7-3.1-s', 'x'])
    assert.deepEqual(plan?.runLogs, {
      folder: 'logs',
      generalLog: 'krista_backup/krista_backup.log',
      fileLogger: 'archiver_files',
      stderrIsError: true,
      triggerFile: '/t',
      onConsole: true,
      tag: 'True-3.1-s',
    })
    assert.deepEqual([plan?.oneRunAtATime, plan?.crontabUser, plan?.verbosity], [true, 'backup', 4])
    assert.equal(plan?.parts?.get('t')?.logTag, '7-3.1-s', 'an action called as a task is logged as that')
    assert.deepEqual(kindsOf(plan?.tasks.get('u')?.steps), ['exec'])
  })

  it('cannot be run without project and region', async () => {
    const { plan, errors } = await loadText(
      'naming: {server_name: s, project: p}\nschedule: {t: {actions: [a], naming: {region: r}}, u: {actions: [a]}}\nactions: {a: {type: dschecker}}\n',
    )
    assert.match(errors, /schedule\.u: missing "region"/u)
    assert.deepEqual(
      [kindsOf(plan?.tasks.get('t')?.steps), kindsOf(plan?.tasks.get('u')?.steps), kindsOf(plan?.parts?.get('a')?.steps)],
      [['disk-usage'], ['issue'], ['issue']],
    )
    assert.equal(plan?.tasks.get('t')?.logTag, 'r-p-s')
  })
})
