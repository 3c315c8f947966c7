import { AccountError } from './account-error.ts'

const AT_ONCE = 2
const WAITING = 32

let running = 0
const waiting: (() => void)[] = []

/**
 * Hashes passwords two at a time: each needs 19 MiB and a thread that files need too. Beyond 32 that wait it refuses at once, so that a flood of logins costs
 * nobody else more than that.
 */
export async function inHashLane<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (waiting.length >= WAITING)
      throw new AccountError('too-many-attempts', 'too many logins at once', { hint: 'Try again in a few seconds.', retryAfterMs: 3000 })
    // Who is called takes the place of who has finished.
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else running += 1
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
}
