const RECORD = /^\.\d{8}T\d{9}Z\.(?<end>proven|failed|inconclusive)\.drill$/u

/** The names of the records of drills of a set among these, oldest first. */
export function drillRecordsOf(set: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => name.startsWith(`${set}.`) && RECORD.test(name.slice(set.length))).toSorted()
}

/** Whether the last drill of a set that was conclusive has proven it. */
export function isProven(set: string, names: readonly string[]): boolean {
  const ends = drillRecordsOf(set, names).map((name) => RECORD.exec(name.slice(set.length))?.groups?.['end'])
  return ends.findLast((end) => end !== 'inconclusive') === 'proven'
}
