import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lacks } from './support/lacks.ts'
import { requires } from './support/requires.ts'
import { until } from './support/time-limits.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/u, '')
// An account of every Debian that nobody gives a crontab; not that of the other tests, which run at the same time.
const USER = 'games'
// What cron(8) of Debian leaves so that jobs of "@reboot" run once: where it is, a daemon has been started on this host.
const STARTED = '/run/crond.reboot'

function reason(): string | false {
  const noRoot = requires('root')
  if (noRoot !== false) return noRoot
  const noCron = lacks('crontab', '/usr/sbin/cron', 'pgrep', 'setpriv')
  if (noCron !== false) return noCron
  if (existsSync(STARTED) || spawnSync('pgrep', ['-x', 'cron']).status === 0) return 'a cron daemon is or was running on this host'
  if (spawnSync('crontab', ['-u', USER, '-l']).status !== 1) return `"${USER}" has a crontab, which is not ours`
  const { status } = spawnSync('setpriv', [`--reuid=${USER}`, '--clear-groups', 'test', '-x', join(checkout, 'KristaBackup.py')])
  return status === 0 ? false : `"${USER}" cannot reach the program`
}

describe('a real cron daemon', { skip: reason() }, () => {
  let top: string
  let daemon: ChildProcess | undefined
  before(() => {
    top = mkdtempSync(join(tmpdir(), 'holdfast-cron-'))
  })
  after(async () => {
    spawnSync('crontab', ['-u', USER, '-r'])
    if (daemon) {
      const ended = new Promise((resolve) => daemon?.once('exit', resolve))
      daemon.kill('SIGTERM')
      await ended
      for (const path of [STARTED, '/run/crond.pid']) rmSync(path, { force: true })
    }
    rmSync(top, { recursive: true })
  })

  it('runs the lines that "enable" writes, in the little environment that it gives', async () => {
    const config = join(top, 'config.yaml')
    mkdirSync(join(top, 'logs'))
    writeFileSync(
      config,
      `naming: {server_name: s, project: p, region: r}
cron: {cron_user: ${USER}}
logging: {logs_path: ${top}/logs, trigger_filepath: ${top}/trigger}
schedule:
  said: {cron: '@reboot', actions: [env]}
actions:
  env: {type: command, cmd: 'env | sort'}
`,
    )
    const uid = Number(spawnSync('id', ['-u', USER], { encoding: 'utf8' }).stdout)
    const state = { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(top, 'state') }
    const enabled = spawnSync(join(checkout, 'KristaBackup.py'), ['-f', config, 'enable', 'said'], { cwd: '/', env: state, encoding: 'utf8' })
    assert.equal(enabled.status, 0, enabled.stderr)
    assert.match(readFileSync(join(top, 'logs/krista_backup/krista_backup.log'), 'utf8'), /INFO krista_backup\.log .*"said"/u)
    // cron gives no state folder: that of the account is taken, which this one cannot make.
    const table = spawnSync('crontab', ['-u', USER, '-l'], { encoding: 'utf8' }).stdout
    writeFileSync(join(top, 'table'), `HOLDFAST_STATE=${top}/state-of-cron\n${table}`)
    assert.equal(spawnSync('crontab', ['-u', USER, join(top, 'table')]).status, 0)
    // "enable" ran as root and left its log: the account must write there too.
    spawnSync('chown', ['-R', USER, top])

    daemon = spawn('/usr/sbin/cron', ['-f'], { stdio: 'ignore' })
    await until(() => existsSync(join(top, 'trigger')))
    await until(() => readFileSync(join(top, 'trigger'), 'latin1') !== '')
    assert.equal(readFileSync(join(top, 'trigger'), 'latin1'), 'SUCCESS')
    assert.equal(statSync(join(top, 'trigger')).uid, uid)
    assert.equal(readFileSync(join(top, 'logs/crontab_errorlog.log'), 'utf8'), '')
    const logs = spawnSync('grep', ['-rh', ' INFO env ', join(top, 'logs')], { encoding: 'utf8' }).stdout
    assert.match(logs, /LOGNAME=games/u)
    assert.match(logs, /PATH=\/usr\/bin:\/bin$/mu)
  })
})
