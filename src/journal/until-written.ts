import type { Connection } from '../db/connection.ts'

const RETRY_MS = 100
const LIMIT_MS = 2000

/** Tries again while others keep the journal locked, two seconds at most; then `note` is told. Never rejects. */
export async function untilWritten(write: () => ReturnType<Connection<unknown>['write']>, note: (text: string) => void): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  while (write() === 'later') {
    if (performance.now() >= deadline) {
      note('the end of this run was not recorded: the journal was locked by other processes')
      return
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}
