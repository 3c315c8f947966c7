import { AccountError } from './account-error.ts'

const AT_ONCE = 2
const WAITING = 32

let running = 0
const waiting: (() => void)[] = []

/**
 * Hashes passwords two at a time: each hash needs 46 MiB and a thread that file operations use, too. If 32 are waiting, further ones are rejected
 * immediately, which limits the effect of a flood of logins on other users.
 */
export async function inHashQueue<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (waiting.length >= WAITING)
      throw new AccountError('too-many-attempts', 'too many logins at once', { hint: 'Try again in a few seconds.', retryAfterMs: 3000 })
    // The next hash in the queue takes the slot of the one that has finished.
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
