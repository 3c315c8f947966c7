import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { kristaArgv } from './argv.ts'
import { renderKristaHelp } from './help.ts'

const call = (command: string, args: readonly string[], more: object = {}) => ({
  kind: 'call',
  command,
  args,
  flags: [],
  quiet: false,
  verbose: false,
  ...more,
})

const GOOD: readonly (readonly [string, object])[] = [
  ['run x', call('run', ['x'])],
  ['run x --dry -v', call('run', ['x'], { flags: ['dry'], verbose: true })],
  ['--dry run -v x', call('run', ['x'], { flags: ['dry'], verbose: true })],
  ['-v run x', call('run', ['x'], { verbose: true })],
  ['run --d x --verb', call('run', ['x'], { flags: ['dry'], verbose: true })],
  ['run -q -f /c x', call('run', ['x'], { quiet: true, file: '/c' })],
  ['run x --fil=/c', call('run', ['x'], { file: '/c' })],
  ['-f/c run x', call('run', ['x'], { file: '/c' })],
  ['run -- -x', call('run', ['-x'])],
  ['run all', call('run', ['all'])],
  ['enable x', call('enable', ['x'])],
  ['en all', call('enable', ['all'])],
  ['dis x', call('disable', ['x'])],
  ['web start', call('web', ['start'])],
  ['web start --api -v', call('web', ['start'], { flags: ['api'], verbose: true })],
  ['web --api start', call('web', ['start'], { flags: ['api'] })],
  ['web --webapi stop', call('web', ['stop'], { flags: ['api'] })],
  ['web --a stop', call('web', ['stop'], { flags: ['api'] })],
  ['web users add u m p --a', call('web', ['users', 'add', 'u', 'm', 'p'], { flags: ['admin'] })],
  ['web --ap stop', call('web', ['stop'], { flags: ['api'] })],
  ['web users list', call('web', ['users', 'list'])],
  ['web users add u m p --admin', call('web', ['users', 'add', 'u', 'm', 'p'], { flags: ['admin'] })],
  ['web users upd u m p --plain', call('web', ['users', 'upd', 'u', 'm', 'p'], { flags: ['plain'] })],
  ['web users rm u', call('web', ['users', 'rm', 'u'])],
  ['--version', { kind: 'version' }],
  ['run --version', { kind: 'version' }],
  ['--help', { kind: 'help' }],
  ['-h', { kind: 'help' }],
  ['en --help', { kind: 'help', command: 'enable' }],
  ['config check', { kind: 'other' }],
  ['-f /c config check --strict', { kind: 'other' }],
  ['foo', { kind: 'other' }],
]

const BAD: readonly (readonly [string, RegExp])[] = [
  ['', /missing command/u],
  ['-v', /missing command/u],
  ['run', /missing argument of "run": name of a task or action/u],
  ['run nosuch extra', /unexpected argument "extra"/u],
  ['enable', /missing argument of "enable": name of a task, or "all"/u],
  ['enable x --dry', /unknown option "--dry"/u],
  ['run x --api', /unknown option "--api"/u],
  ['run x -z', /unknown option "-z"/u],
  ['run x --ver', /--version or --verbose/u],
  ['run x -q -v', /cannot be combined/u],
  ['run x -f', /missing argument of option -f/u],
  ['web', /start, stop or users/u],
  ['web restart', /unknown subcommand "restart" of "web"/u],
  ['web start now', /unexpected argument "now"/u],
  ['web start --admin', /unknown option "--admin"/u],
  ['web users', /list, add, upd or rm/u],
  ['web users foo', /unknown subcommand "foo" of "web users"/u],
  ['web users upd', /expected a user, an address, a password/u],
  ['web users list x', /expected none/u],
  ['web users rm u --plain', /are not supported/u],
  ['web users add u m p --plain --admin', /cannot be combined/u],
]

describe('kristaArgv', () => {
  const words = (text: string) => text.split(' ').filter((it) => it !== '')
  for (const [text, wanted] of GOOD) it(`accepts "${text}"`, () => assert.deepEqual(kristaArgv(words(text)), wanted))
  for (const [text, message] of BAD)
    it(`refuses "${text}"`, () => {
      const parsed = kristaArgv(words(text))
      assert.ok(parsed.kind === 'usage')
      assert.match(parsed.message, message)
    })
})

describe('renderKristaHelp', () => {
  it('shows every command with its options', () => {
    const text = renderKristaHelp('KristaBackup.py')
    for (const word of ['KristaBackup.py run UNIT', 'enable|en', 'disable|dis', 'web start|stop', '--version', '--verbose'])
      assert.ok(text.includes(word), word)
    assert.match(renderKristaHelp('KristaBackup.py', 'run'), /--dry/u)
    assert.match(renderKristaHelp('KristaBackup.py', 'web'), /KristaBackup\.py web users rm USER/u)
  })
})
