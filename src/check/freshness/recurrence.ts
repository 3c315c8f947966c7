/** When something happens, as sets of numbers; all of them must hold. */
export interface Recurrence {
  /** Minutes of the day, in order; at least one. */
  readonly minutes: readonly number[]
  isDay(date: Date): boolean
}
