import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SignalName } from '../../plan/command.ts'
import { RunError } from '../../run/run-error.ts'
import { holdSignals } from './held-signals.ts'

/** A kernel for one process: `send` calls the handler that is installed, and tells whether there was one. */
function fakeKernel() {
  const handlers = new Map<SignalName, () => void>()
  const signals = holdSignals((name, handler) => {
    handlers.set(name, handler)
    return () => handlers.delete(name)
  })
  const send = (name: SignalName) => {
    const handler = handlers.get(name)
    handler?.()
    return handler !== undefined
  }
  return { signals, send, handlers }
}

describe('holdSignals', () => {
  it('handles nothing before it is armed', () => {
    const { handlers } = fakeKernel()
    assert.equal(handlers.size, 0)
  })

  for (const name of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const) {
    it(`stops by ${name}, and only once`, () => {
      const { signals, send } = fakeKernel()
      signals.arm()
      send(name)
      send('SIGINT')
      assert.equal(signals.stop.aborted, true)
      assert.equal(signals.stoppedBy(), name)
      assert.ok(signals.stop.reason instanceof RunError)
      assert.equal(signals.stop.reason.code, 'run/interrupted')
    })
  }

  it('keeps a held signal until it is let through', () => {
    const { signals, send } = fakeKernel()
    signals.arm()
    signals.block(['SIGTERM'])
    send('SIGTERM')
    assert.equal(signals.stop.aborted, false)
    signals.unblock(['SIGTERM'])
    assert.equal(signals.stoppedBy(), 'SIGTERM')
  })

  it('has no effect for a signal that was unblocked but never arrived', () => {
    const { signals } = fakeKernel()
    signals.arm()
    signals.block(['SIGTERM'])
    signals.unblock(['SIGTERM', 'SIGHUP'])
    assert.equal(signals.stop.aborted, false)
  })

  it('holds signals back that it does not handle otherwise, and dies by them when they get through', () => {
    const { signals, send } = fakeKernel()
    signals.arm()
    assert.equal(send('SIGUSR2'), false)
    signals.block(['SIGUSR2'])
    assert.equal(send('SIGUSR2'), true)
    signals.unblock(['SIGUSR2'])
    assert.equal(signals.stoppedBy(), 'SIGUSR2')
  })

  it('shrugs off what a process shrugs off', () => {
    const { signals, send } = fakeKernel()
    signals.arm()
    signals.block(['SIGWINCH'])
    send('SIGWINCH')
    signals.unblock(['SIGWINCH'])
    assert.equal(signals.stop.aborted, false)
  })

  it('accepts KILL and STOP without holding them', () => {
    const { signals, handlers } = fakeKernel()
    signals.block(['SIGKILL', 'SIGSTOP', 'SIGTERM'])
    assert.deepEqual(signals.blocked(), ['SIGTERM'])
    assert.deepEqual([...handlers.keys()], ['SIGTERM'])
  })

  it('returns the blocked signals for child processes, including those that only they can block', () => {
    const { signals } = fakeKernel()
    signals.block(['SIGTERM', 'SIGCHLD'])
    signals.unblock(['SIGTERM'])
    assert.deepEqual(signals.blocked(), ['SIGCHLD'])
  })

  it('leaves no handler when disarmed', () => {
    const { signals, handlers } = fakeKernel()
    signals.arm()
    signals.block(['SIGUSR1'])
    signals.disarm()
    assert.equal(handlers.size, 0)
  })
})
