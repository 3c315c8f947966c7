import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { describe, it } from 'node:test'
import type { Command } from '../../plan/command.ts'
import type { Plan } from '../../plan/plan.ts'
import { findMissingPrograms, findOtherPalhm, type HostReader } from './host-checks.ts'

function hostOf(files: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}): HostReader {
  return {
    list: async (folder) =>
      Object.keys(files)
        .filter((path) => dirname(path) === folder)
        .map((path) => path.slice(folder.length + 1)),
    read: async (file) => files[file],
    resolve: async (path) => links[path] ?? (path in files ? path : undefined),
  }
}

describe('findOtherPalhm', () => {
  const isOwn = (path: string) => path.startsWith('/opt/holdfast/')

  const program = '/var/lib/PALHM/src/palhm.py'

  it('names the lines that start another one', async () => {
    const host = hostOf({
      [program]: '',
      '/etc/crontab': `# m h\n0 0 * * 0 root ${program} -q run\n#1 * * * * root ${program} run x\n`,
      '/var/spool/cron/crontabs/root': `0 1 * * * cd / && /usr/bin/python3 ${program} -q run`,
      '/etc/cron.d/x': '5 * * * * root python3 -m palhm -q run\n',
      '/etc/systemd/system/palhm-boot-report.service': `[Unit]\nDescription=${program}\n[Service]\nExecStart=${program} -q boot-report\n`,
    })
    assert.deepEqual(
      (await findOtherPalhm(host, isOwn)).map((line) => line.split(': ')[0]),
      ['/etc/crontab:2', '/etc/cron.d/x:1', '/var/spool/cron/crontabs/root:1', '/etc/systemd/system/palhm-boot-report.service:4'],
    )
  })

  it('leaves our own lines alone, behind links too', async () => {
    const host = hostOf(
      { '/opt/holdfast/palhm': '', '/etc/crontab': '0 0 * * 0 root /usr/local/bin/palhm -q run\n1 1 * * * root /opt/holdfast/palhm run\n' },
      { '/usr/local/bin/palhm': '/opt/holdfast/holdfast' },
    )
    assert.deepEqual(await findOtherPalhm(host, isOwn), [])
  })

  it('does not take a configuration or a missing program for one', async () => {
    const host = hostOf({
      '/etc/crontab': `0 0 * * 0 root holdfast -f /etc/palhm/palhm.jsonc run\n0 0 * * 0 root ${program} run\nMAILTO=palhm@example.org\n`,
    })
    assert.deepEqual(await findOtherPalhm(host, isOwn), [])
  })
})

describe('findMissingPrograms', () => {
  it('names each missing program once, with the tasks that need it', () => {
    const missing = command('/no/such/program')
    const exec = (it: Command) => ({ kind: 'exec', command: it }) as const
    const tasks = new Map([
      ['a', { name: 'a', steps: [exec(command('/bin/true')), exec(missing), exec(missing)] }],
      ['b', { name: 'b', steps: [backupOf(missing), exec(command('nosuchname'))] }],
    ])
    assert.deepEqual(findMissingPrograms({ tasks } as unknown as Plan), [
      'could not start "/no/such/program": file not found (task "a", "b")',
      'could not start "nosuchname": program not found in /bin:/usr/bin (task "b")',
    ])
  })

  it('looks at both storages of a copy', () => {
    const rclone = (program: string) => ({ storage: { kind: 'rclone', program: command(program) } })
    const tasks = new Map([['a', { name: 'a', steps: [{ kind: 'copy', from: rclone('/no/such/one'), to: rclone('/no/such/two') }] }]])
    assert.deepEqual(findMissingPrograms({ tasks } as unknown as Plan), [
      'could not start "/no/such/one": file not found (task "a")',
      'could not start "/no/such/two": file not found (task "a")',
    ])
  })
})

function command(program: string): Command {
  return {
    argv: [program],
    environment: { kind: 'exactly', values: {} },
    searchPath: ['/bin', '/usr/bin'],
    accept: { min: 0, max: 0 },
    showStdout: 'always',
    showStderr: 'verbose',
  }
}

function backupOf(stage: Command) {
  const objects = [{ path: 'x', stages: [stage], group: 'default', after: [] }]
  return { kind: 'backup', name: 'b', targets: [{ storage: { kind: 'null' }, keep: {} }], require: 'all', objects } as const
}
