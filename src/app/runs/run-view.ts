import type { RunEvent } from '../../run/events.ts'

/** Who shows a run while it goes on. */
export interface RunView {
  watch(event: RunEvent): void
  close(): void
  /** How often objects in the making are to tell their size; absent: nobody looks. */
  readonly progressMs?: number
}
