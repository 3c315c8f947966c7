import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ProcessError } from '../../process/process-result.ts'
import { StorageError } from '../../storage/storage.ts'
import { asAppError, RunError } from '../run-error.ts'
import { PLAIN as plain } from './paint.ts'
import { renderFailure } from './render-failure.ts'

describe('renderFailure', () => {
  it("contains the error, the location, the hint, and the program's last output", () => {
    const error = new ProcessError('failed', 'tar failed (exit code 2): /nope: Cannot stat', {
      command: '/bin/tar -cf - /nope',
      hint: 'Look at the messages of tar.',
      stderrTail: 'tar: /nope: Cannot stat\ntar: Exiting\n',
    })
    const place = { task: 'nightly', index: 1, steps: 3, text: 'back up 2 objects to "/b"' }
    assert.equal(
      renderFailure(error, plain, place),
      [
        'error: tar failed (exit code 2): /nope: Cannot stat',
        '  where: task "nightly", step 2 of 3: back up 2 objects to "/b"',
        '  command: /bin/tar -cf - /nope',
        '  hint: Look at the messages of tar.',
        '  stderr:',
        '    tar: /nope: Cannot stat',
        '    tar: Exiting',
        '',
      ].join('\n'),
    )
  })

  it('names the object that failed', () => {
    const place = { task: 't', index: 0, steps: 1, text: 'back up', object: 'a\n' }
    assert.match(renderFailure(new RunError('system', 'x'), plain, place), /step 1 of 1, object "a\\n"$/mu)
  })

  it('contains the command once', () => {
    const place = { task: 't', index: 0, steps: 1, text: '/bin/false' }
    assert.match(renderFailure(new RunError('system', '"false" failed: /bin/false'), plain, place), /where: task "t", step 1 of 1$/mu)
  })

  it('finds hint and stderr in what caused the error', () => {
    const cause = new ProcessError('failed', 'false failed (exit code 1)', { stderrTail: 'no\n', hint: 'Do this.' })
    const text = renderFailure(new StorageError('broken', 'could not make the object "x"', { cause }), plain)
    assert.equal(text, 'error: could not make the object "x": false failed (exit code 1)\n  hint: Do this.\n  stderr:\n    no\n')
  })

  it('shows the last lines of a long stderr, and nothing that a terminal would obey', () => {
    const stderrTail = Array.from({ length: 30 }, (_, i) => `line ${i} \u001b[2J\r\n`).join('')
    const text = renderFailure(new ProcessError('failed', 'x', { stderrTail }), plain)
    assert.match(text, /last 20 lines of its stderr:\n {4}line 10 \\u001b\[2J\n/u)
    assert.match(text, /line 29 \\u001b\[2J\n$/u)
  })

  it('keeps a message of many lines on one', () => {
    assert.equal(renderFailure(new RunError('system', 'one\n  two\u0007\n'), plain), 'error: one two\\u0007\n')
  })
})

describe('an internal error', () => {
  it('is one line of what happened and one of what to do, without a stack', () => {
    const text = renderFailure(asAppError(new TypeError('x is not a function')), plain)
    assert.match(text, /^internal error: x is not a function\n {2}hint: .*HOLDFAST_DEBUG=1\.\n$/u)
  })

  it('is anything that can be thrown', () => {
    assert.match(renderFailure(asAppError(undefined), plain), /^internal error: undefined\n/u)
  })

  it('is not what the system refused', () => {
    assert.match(renderFailure(asAppError(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })), plain), /^error: EIO: i\/o error\n$/u)
  })
})
