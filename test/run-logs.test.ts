import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { renderEntry } from '../src/schedule/render-crontab-line.ts'
import { kristaTree } from './support/krista-tree.ts'
import { until } from './support/time-limits.ts'
import { withoutModule } from './support/without-module.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const golden = join(checkout, 'test/golden/krista/layouts')
const LINE = /^(?<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.[\d ]{3}) (?<tag>\S+) (?<level>[A-Z]+) (?<logger>\S+) (?<text>.*)$/u

let top: string
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'holdfast-run-logs-'))
})
afterEach(() => rmSync(top, { recursive: true }))

const env = (more: Readonly<Record<string, string>> = {}) => ({ PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(top, 'state'), ...more })
const start = (program: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  spawnSync(join(checkout, program), ['-f', join(top, 'config.yaml'), ...args], { cwd: '/', env: env(more), encoding: 'utf8' })
const krista = (...args: readonly string[]) => start('KristaBackup.py', args)
const configure = (text: string) => writeFileSync(join(top, 'config.yaml'), text)
const trigger = () => (existsSync(join(top, 'trigger')) ? readFileSync(join(top, 'trigger'), 'latin1') : undefined)

/** Starts an action whose command writes its id to `begun`, and waits for that. */
async function begin(unit: string) {
  const child = spawn(join(checkout, 'KristaBackup.py'), ['-f', join(top, 'config.yaml'), 'run', unit], { env: env(), stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const pid = () => Number(existsSync(join(top, 'begun')) ? readFileSync(join(top, 'begun'), 'utf8') : 0)
  await until(() => pid() > 0)
  return { child, ended, pid: pid() }
}

function filesBelow(folder: string): readonly string[] {
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .flatMap((it) => (it.isFile() ? [join(it.parentPath, it.name)] : []))
        .sort()
    : []
}

/** The logs of all runs, the oldest first: of what happened, or of everything. */
function recordsIn(kind: 'main' | 'debug', folder = join(top, 'logs')): readonly Readonly<Record<string, string>>[] {
  const paths = filesBelow(folder).filter(
    (it) => it.endsWith('-debug.log') === (kind === 'debug') && !it.includes('general') && !it.includes('krista_backup'),
  )
  const lines = paths.flatMap((path) => readFileSync(path, 'utf8').split('\n').slice(0, -1))
  return lines.map((line) => {
    const found = LINE.exec(line)?.groups
    assert.ok(found, line)
    return found
  })
}

const KRISTA = (schedule: string, actions: string, logging = '') =>
  `naming: {server_name: srv1, project: proj, region: 99}
logging: {logs_path: logs, trigger_filepath: trigger${logging}}
schedule: ${schedule}
actions: ${actions}
`
const COMMANDS =
  "{ok: {type: command, cmd: 'true'}, warn: {type: command, cmd: ''}, err: {type: command, cmd: 'echo e >&2'}, fail: {type: command, cmd: exit 3}}"

describe('logs of runs in the manner of KristaBackup', () => {
  it('lie where they used to, with the levels and names that are on record', () => {
    kristaTree(join(top, 'src'))
    const archive = 'src_path: src, dest_path: backup'
    configure(
      KRISTA(
        '{full: {actions: [tar0, zip0]}, diff: {actions: [tar1, zip1]}}',
        `{tar0: {type: tar, basename: etc, ${archive}, level: 0, level_folders: '0,1', exclusions: '*/data/*, *.log', checksum_file: true, log_files: true},
  tar1: {source: tar0, level: 1}, zip0: {type: zip, basename: zetc, ${archive}, level_folders: [z0, z1]}, zip1: {source: zip0, level: 1}}`,
      ),
    )
    assert.deepEqual(krista('run', 'full').stderr, '')
    const year = new Date().getFullYear()
    const [main = '', debug = ''] = filesBelow(join(top, 'logs'))
    assert.match(main, new RegExp(`/logs/${year}/99-proj-srv1-\\d{8}_\\d{6}\\.log$`, 'u'))
    assert.match(debug, /\/logs\/debug\/99-proj-srv1-\d{8}_\d{6}-debug\.log$/u)
    const stamp = /\d{8}_\d{6}/u.exec(main)?.[0] ?? ''
    assert.ok(existsSync(join(top, 'backup/0', `etc-${stamp}-0.tar.gz`)), 'logs and archives of a run have one moment')

    const layout = recordsIn('main').map(({ level, logger }) => `${level} ${logger}`)
    const recorded = readFileSync(join(golden, '20260301_024000-main.txt'), 'utf8').split('\n').slice(0, -1)
    // Ours say also when the run begins and how it ended.
    assert.deepEqual(layout, ['INFO root', ...recorded, 'INFO root'])
    assert.deepEqual(new Set(recordsIn('main').map(({ tag }) => tag)), new Set(['99-proj-srv1']))

    const decisions = recordsIn('debug').flatMap(({ level, logger, text }) =>
      logger?.includes('.') ? [`${level} ${logger} ${withoutSize(text ?? '')}`] : [],
    )
    const known = readFileSync(join(golden, '20260301_024000-debug.txt'), 'utf8').split('\n').slice(0, -1).map(withoutSize)
    // Links to folders, and dangling ones, are packed now.
    const links = ['broken', 'link_to_dir'].map((it) => `DEBUG tar0.archiver_files add 1650000000.5,${it}`)
    assert.deepEqual(decisions.toSorted(), [...known, ...links].toSorted())
    assert.equal(trigger(), 'SUCCESS')
  })

  const rows: readonly (readonly [string | undefined, number, string, string | undefined, number])[] = [
    [undefined, 0, 'ok', 'SUCCESS', 0],
    ['ERROR', 60, 'ok', 'ERROR', 0],
    ['ERROR', 301, 'ok', 'SUCCESS', 0],
    ['SUCCESS', 60, 'warn', 'WARNING', 0],
    ['ERROR', 60, 'warn', 'ERROR', 0],
    ['ERROR', 360, 'warn', 'WARNING', 0],
    ['SUCCESS', 60, 'err', 'ERROR', 0],
    ['SUCCESS', 60, 'err_warn', 'ERROR', 0],
    ['SUCCESS', 60, 'warn_err', 'ERROR', 0],
    ['SUCCESS', 60, 'fail', 'ERROR', 1],
    ['SUCCESS', 60, 'nosuch', 'ERROR', 1],
    ['SUCCESS', 60, 'unknown', 'ERROR', 1],
  ]
  for (const [before, minutes, task, after, code] of rows)
    it(`keep the trigger file: ${before ?? 'none'} ${minutes} min ago, ${task}, then ${after}`, () => {
      configure(KRISTA('{err_warn: {actions: [err, warn]}, warn_err: {actions: [warn, err]}, unknown: {actions: [ok, gone]}}', COMMANDS))
      if (before !== undefined) writeFileSync(join(top, 'trigger'), before)
      if (before !== undefined) utimesSync(join(top, 'trigger'), new Date(), new Date(Date.now() - minutes * 60_000))
      assert.equal(krista('run', task).status, code)
      assert.equal(trigger(), after)
    })

  it('contain the output of commands, which is not printed', () => {
    configure(KRISTA('{}', '{a: {type: command, cmd: \'printf "one\\n\\ntwo\\rthree"; echo bad >&2; seq 1 40000 | tail -n 1\'}}'))
    const { stdout, stderr, status } = krista('run', 'a')
    assert.deepEqual([stdout, stderr, status], ['', '', 0])
    const said = recordsIn('main').flatMap(({ level, logger, text }) => (logger === 'a' ? [`${level} ${text}`] : []))
    assert.deepEqual(said.slice(1).toSorted(), ['ERROR bad', 'INFO one', 'INFO three40000', 'INFO two'])
    const shown = krista('run', 'a', '-v')
    assert.match(shown.stdout, /^\d{4}-.* 99-proj-srv1 INFO a one\n/mu)
    assert.equal(shown.stderr, '')
    assert.match(krista('run', 'a', '--dry', '-v').stdout, / INFO a_DRYRUN /u)
  })

  it('contain all of a large output, and background processes are not ended', async () => {
    const later = `(until test -e ${top}/gate; do sleep 0.1; done; echo late; echo $? >${top}/late) & echo now`
    configure(KRISTA('{}', `{a: {type: command, cmd: 'seq 1 30000'}, b: {type: command, cmd: '${later}'}}`))
    assert.equal(krista('run', 'a').status, 0)
    assert.equal(recordsIn('main').filter(({ logger }) => logger === 'a').length, 30_001)
    krista('run', 'b')
    writeFileSync(join(top, 'gate'), '')
    await until(() => existsSync(join(top, 'late')) && readFileSync(join(top, 'late'), 'utf8') === '0\n')
  })

  it('are in Russian if the environment or the configuration selects it', () => {
    configure(KRISTA('{}', COMMANDS))
    assert.match(start('KristaBackup.py', ['run', 'ok', '-v'], { LANG: 'ru_RU.UTF-8' }).stdout, /[а-я]/u)
    assert.doesNotMatch(start('KristaBackup.py', ['run', 'ok', '-v'], { LANG: 'ru_RU.UTF-8', LC_ALL: 'C' }).stdout, /[а-я]/u)
    configure(KRISTA('{}', COMMANDS, ', language: ru'))
    assert.match(krista('run', 'ok', '-v').stdout, /[а-я]/u)
  })

  it('that cannot be written do not stop the run, but are no success', () => {
    writeFileSync(join(top, 'logs'), '')
    configure(KRISTA('{}', `{a: {type: command, cmd: 'echo x >${top}/ran'}}`))
    const { status, stderr } = krista('run', 'a')
    assert.equal(status, 1)
    assert.match(stderr, /could not write the log ".*\/logs\/\d{4}\/99-proj/u)
    assert.ok(existsSync(join(top, 'ran')))
    assert.equal(trigger(), 'SUCCESS')
  })

  it('record a run that is stopped before its end', async () => {
    configure(KRISTA('{}', `{slow: {type: command, cmd: 'trap "" TERM; echo $$ >${top}/begun; while :; do sleep 0.1; done'}}`))
    const { child, ended, pid } = await begin('slow')
    child.kill('SIGTERM')
    await until(() => trigger() === 'ERROR')
    assert.equal(child.exitCode ?? child.signalCode, null, 'the command does not want to end')
    process.kill(pid, 'SIGKILL')
    await ended
    assert.equal(trigger(), 'ERROR')
    assert.match(recordsIn('main').at(-1)?.['text'] ?? '', /stopped by SIGTERM/u)
  })

  it('record a killed run when the next one begins', async () => {
    configure(KRISTA('{}', `{t: {type: command, cmd: 'echo $$ >${top}/begun; exec sleep 60'}}`))
    const { child, ended, pid } = await begin('t')
    child.kill('SIGKILL')
    await ended
    process.kill(pid, 'SIGKILL')
    assert.equal(trigger(), undefined)
    configure(KRISTA('{}', "{t: {type: command, cmd: 'true'}}"))
    assert.equal(krista('run', 't').status, 0)
    assert.equal(trigger(), 'WARNING')
    rmSync(join(top, 'trigger'))
    krista('run', 't')
    assert.equal(trigger(), 'SUCCESS')
    assert.equal(recordsIn('main').filter(({ text }) => /the previous run was killed/u.test(text ?? '')).length, 1)
  })

  it('record that a run was locked out by another one', async () => {
    configure(KRISTA('{}', `{slow: {type: command, cmd: 'echo $$ >${top}/begun; cat ${top}/gate'}}`))
    spawnSync('mkfifo', [join(top, 'gate')])
    const { ended } = await begin('slow')
    assert.equal(krista('run', 'slow').status, 5)
    assert.equal(trigger(), 'ERROR')
    writeFileSync(join(top, 'gate'), '')
    assert.equal(await ended, 0)
    assert.equal(trigger(), 'ERROR')
  })

  it('begin with SUCCESS where the old order is wanted', () => {
    configure(KRISTA('{}', `{a: {type: command, cmd: 'cat ${top}/trigger >${top}/seen'}}`, ', trigger_strict: false'))
    krista('run', 'a')
    assert.equal(readFileSync(join(top, 'seen'), 'latin1'), 'SUCCESS')
  })

  it('report failures outside of runs in the general log, and an unusable configuration in the trigger file', () => {
    configure('logging: {logs_path: logs, trigger_filepath: trigger}\nschedule: {}\nactions: {}\n')
    assert.equal(krista('run', 'a').status, 1)
    assert.equal(trigger(), 'ERROR')
    const text = readFileSync(join(top, 'logs/krista_backup/krista_backup.log'), 'utf8')
    assert.match(text, /^\d{4}-.* krista_backup\.log ERROR krista_backup\.log .*missing required key "naming"/u)
  })
})

describe('the line of a crontab', () => {
  // What each leaves in the trigger file: a line that printed anything writes the word with a line end.
  const rows = [
    ['ok', '', "{type: command, cmd: 'true'}", 'SUCCESS'],
    ['stderr of an action', '', "{type: command, cmd: 'echo x >&2'}", 'ERROR'],
    ['a failing action', '', "{type: command, cmd: 'true', src_path: /nonexistent}", 'ERROR\n'],
    ['everything on the console', ', use_console: true', "{type: command, cmd: 'true'}", 'ERROR\n'],
    ['no YAML', '', '[', 'ERROR\n'],
  ] as const
  for (const [title, logging, action, wanted] of rows)
    it(`leaves ${JSON.stringify(wanted)} for ${title}`, () => {
      configure(KRISTA('{}', `{a: ${action}}`, logging))
      mkdirSync(join(top, 'logs'))
      const line = renderEntry({
        task: 'a',
        times: '* * * * *',
        argv: [join(checkout, 'KristaBackup.py'), '-f', join(top, 'config.yaml'), 'run', 'a'],
        outputFile: join(top, 'logs/crontab_errorlog.log'),
        triggerFile: join(top, 'trigger'),
      })
      spawnSync('/bin/sh', ['-c', line.replace('* * * * * ', '')], { cwd: '/', env: env() })
      assert.equal(trigger(), wanted)
    })
})

describe('logs of runs of a native plan', () => {
  const NATIVE = (steps: string, logs = '') => `version: 1
logs: { folder: ${top}/logs, tag: host1, trigger: { file: ${top}/trigger }${logs} }
tasks:
  t:
    steps:
${steps}`

  it('contain the actions of steps, without secrets, and print the output of commands unchanged', () => {
    configure(
      NATIVE(`      - { name: hello, exec: { argv: [/bin/sh, -c, 'echo hi $TOKEN; echo careful >&2'], environment: { TOKEN: not-for-logs } } }\n`),
    )
    const { status, stdout, stderr } = start('holdfast', ['run'])
    assert.equal(status, 0, stderr)
    assert.equal(stdout, 'hi not-for-logs\n')
    const lines = recordsIn('debug').map(({ tag, level, logger, text }) => `${tag} ${level} ${logger} ${text}`)
    assert.ok(lines.includes('host1 INFO hello hi …'), lines.join('\n'))
    assert.ok(lines.includes('host1 INFO hello careful'))
    assert.equal(trigger(), 'SUCCESS')
  })

  it('have the last words of what failed as errors', () => {
    configure(NATIVE("      - exec: { argv: [/bin/sh, -c, 'echo first >&2; exit 4'] }\n"))
    assert.equal(start('holdfast', ['-q', 'run']).status, 1)
    const errors = recordsIn('main').filter(({ level }) => level === 'ERROR')
    assert.equal(errors[0]?.['text'], 'first')
    assert.match(errors.at(-1)?.['text'] ?? '', /exit code 4/u)
    assert.equal(trigger(), 'ERROR')
  })

  it('record that a run could not begin because its modules cannot be loaded', () => {
    configure(NATIVE("      - exec: ['true']\n"))
    assert.equal(start('holdfast', ['-q', 'run'], withoutModule('steps/exec.ts', '~exec-')).status, 1)
    const [only, ...more] = recordsIn('main')
    assert.deepEqual([only?.['level'], only?.['text'], more], ['ERROR', 'the run did not start: there is no "steps/exec.ts"', []])
    assert.equal(trigger(), 'ERROR')
  })

  it('go when they are too old, never the newest', () => {
    const year = join(top, 'logs/2020')
    mkdirSync(year, { recursive: true })
    writeFileSync(join(year, 'host1-20200101_000000.log'), 'x')
    writeFileSync(join(year, 'else.log'), 'x')
    configure(NATIVE("      - exec: ['true']\n", ', keep-time: 30d'))
    assert.equal(start('holdfast', ['-q', 'run']).status, 0)
    assert.deepEqual(readdirSync(year), ['else.log'])
    assert.equal(filesBelow(join(top, 'logs')).length, 3)
  })
})

// Sizes of folders depend on the file system.
function withoutSize(text: string): string {
  return text.replace(/(?<mtime>\d+\.\d+),\d+,/u, '$<mtime>,')
}
