/** What the wall clock shows at this instant, as if it were UTC: differences are those that a person reads off, whatever summer time does. */
export function wallMs(at: Date): number {
  return Date.UTC(at.getFullYear(), at.getMonth(), at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds())
}
