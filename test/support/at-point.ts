import type { Failpoint } from '../../src/lib/failpoint.ts'

/**
 * Sends ourselves the signal when the point is passed for the Nth time: `set-renamed`, `object-opened#2`. With KILL and STOP not one more instruction
 * of this thread runs.
 */
export function signalAt(point: string, signal: string): Failpoint {
  const [name, nth = '1'] = point.split('#')
  let left = Number(nth)
  return (passed) => {
    if (passed !== name || --left !== 0) return
    process.kill(process.pid, signal.startsWith('SIG') ? signal : `SIG${signal}`)
    // The kernel may let other threads run on for an instant; this one waits until it is hit.
    if (/^(?:SIG)?(?:KILL|STOP)$/u.test(signal)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000)
  }
}
