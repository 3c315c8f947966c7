import { type Actor, type AuditedAction, recordAction } from '../../accounts/audit.ts'
import type { Store } from '../../accounts/store.ts'
import { messageOf } from '../../lib/errors.ts'

/** Lines of the audit log that could not be written, as on a full disk. They are written with their times as soon as this is possible. */
export interface HeldLines {
  /** Keeps a line in memory. Throws `cause` if there are too many: what cannot be recorded is not done. */
  hold(actor: Actor, action: AuditedAction, cause: unknown): void
  /** Writes them, in order. Resolves also if they cannot be written yet. */
  flush(): Promise<void>
  /** Tries it a last time. */
  close(): Promise<void>
}

export interface HeldLinesDeps {
  readonly accounts: Pick<Store, 'write' | 'clock'>
  readonly note: (text: string) => void
  readonly retryMs?: number
}

const MOST = 1000
const RETRY_MS = 10_000

export function openHeldLines({ accounts, note, retryMs = RETRY_MS }: HeldLinesDeps): HeldLines {
  const held: { readonly at: Date; readonly actor: Actor; readonly action: AuditedAction }[] = []
  let flushing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  const writeAll = async () => {
    const lines = [...held]
    try {
      await accounts.write((db) => {
        for (const { at, actor, action } of lines) recordAction(db, at, actor, action)
      })
    } catch {
      return
    }
    held.splice(0, lines.length)
    note(`the audit log can be written again: ${lines.length} held lines were written`)
    if (held.length > 0) return
    clearInterval(timer)
    timer = undefined
  }
  const flush = async () => {
    if (held.length === 0) return
    flushing ??= writeAll().finally(() => {
      flushing = undefined
    })
    await flushing
  }
  return {
    hold(actor, action, cause) {
      if (held.length >= MOST) throw cause
      held.push({ at: accounts.clock(), actor, action })
      // If the server ends before the line is written, this is all that is left of it.
      const what = [action.action, action.target].filter((it) => it !== '').join(' ')
      note(
        `could not write the audit log, the line is held: ${actor.who || 'unknown'} (${actor.address}): ${what}: ${action.outcome}: ${messageOf(cause)}`,
      )
      timer ??= setInterval(() => void flush(), retryMs).unref()
    },
    flush,
    async close() {
      clearInterval(timer)
      await flush()
      if (held.length > 0) note(`${held.length} lines of the audit log are lost, because it could not be written`)
    },
  }
}
