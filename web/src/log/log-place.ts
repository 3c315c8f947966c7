/** What of a log is shown, as in the address of the page. */
export interface LogPlace {
  readonly q: string
  /** Counted from 0. */
  readonly line: number | undefined
  /** The last line of a selected range. */
  readonly to: number | undefined
  readonly level: number | undefined
}
