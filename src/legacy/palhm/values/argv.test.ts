import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { palhmArgv } from './argv.ts'

type Wanted = {
  readonly command: string
  readonly args?: readonly string[]
  readonly quiet?: boolean
  readonly verbose?: number
  readonly file?: string
}

function call(words: readonly string[], wanted: Wanted): void {
  it(`reads ${JSON.stringify(words.join(' '))}`, () =>
    assert.deepEqual(palhmArgv(words), { kind: 'call', args: [], quiet: false, verbose: 0, ...wanted }))
}

function misuse(words: readonly string[], message: RegExp): void {
  it(`refuses ${JSON.stringify(words.join(' '))}`, () => {
    const read = palhmArgv(words)
    assert.ok(read.kind === 'usage', `not refused: ${JSON.stringify(read)}`)
    assert.match(read.message, message)
    assert.match(read.hint, /help/u)
  })
}

describe('the command line of the ancestor', () => {
  call(['run'], { command: 'run' })
  call(['run', ''], { command: 'run' })
  call(['run', 'backup'], { command: 'run', args: ['backup'] })
  call(['run', 'backup', 'more', 'words'], { command: 'run', args: ['backup'] })
  call(['run', '-v'], { command: 'run', args: ['-v'] })
  call(['run', '-f'], { command: 'run', args: ['-f'] })
  call(['-q', 'run'], { command: 'run', quiet: true })
  call(['-q', '-q', 'run'], { command: 'run', quiet: true })
  call(['-v', '-v', 'run'], { command: 'run', verbose: 2 })
  call(['-vvv', 'run'], { command: 'run', verbose: 3 })
  call(['-f', 'a', 'config'], { command: 'config', file: 'a' })
  call(['-fa', 'config'], { command: 'config', file: 'a' })
  call(['-qfa', 'config'], { command: 'config', quiet: true, file: 'a' })
  call(['-qf', 'a', 'config'], { command: 'config', quiet: true, file: 'a' })
  call(['-fqv', 'config'], { command: 'config', file: 'qv' })
  call(['-f', '-q', 'config'], { command: 'config', file: '-q' })
  call(['-f', 'a', '-f', 'b', 'config'], { command: 'config', file: 'b' })
  call(['-f', '', 'config'], { command: 'config', file: '' })
  call(['-q', '--', 'run', 'x'], { command: 'run', quiet: true, args: ['x'] })
  call(['config', 'x'], { command: 'config' })
  call(['mods', 'x', 'y'], { command: 'mods' })
  call(['boot-report', '-q'], { command: 'boot-report' })
  call(['help'], { command: 'help' })
  call(['help', 'run'], { command: 'help', args: ['run'] })
  call(['help', 'run', 'x'], { command: 'help', args: ['run'] })
  call(['help', 'help', 'x'], { command: 'help' })
  call(['help', 'bogus'], { command: 'help' })

  misuse([], /missing command/u)
  misuse(['-q'], /missing command/u)
  misuse(['--'], /missing command/u)
  misuse(['frobnicate'], /unknown command "frobnicate"/u)
  misuse(['-'], /unknown command "-"/u)
  misuse([''], /unknown command ""/u)
  misuse(['--', '-q', 'run'], /unknown command "-q"/u)
  misuse(['-q', '-v', 'run'], /cannot be combined/u)
  misuse(['-qv', 'run'], /cannot be combined/u)
  misuse(['-x', 'run'], /unknown option "-x"/u)
  misuse(['-qx', 'run'], /unknown option "-x"/u)
  misuse(['--help'], /unknown option "--help"/u)
  misuse(['-f'], /missing argument of option -f/u)
  misuse(['-qf'], /missing argument of option -f/u)
  misuse(['help', 'bogus', 'x'], /unknown command "bogus"/u)
  misuse(['toString'], /unknown command/u)
})

it('names the command that runs a task', () => {
  const parsed = palhmArgv(['check-dnssec'])
  assert.ok(parsed.kind === 'usage')
  assert.match(parsed.hint, /^If it is a task, use "run check-dnssec"\./u)
})
