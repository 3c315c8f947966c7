const ENDING = /\.(?<day>\d{8})T(?<time>\d{9})Z\.[a-z]+\.(?:published|verify|drill)$/u

/** Whether a file with this name is a record of that set, by its name: `SET.BEGAN.END.KIND`. */
export function isRecordOf(set: string, name: string): boolean {
  return name.startsWith(`${set}.`) && ENDING.test(name.slice(set.length))
}

/** The time in the name of a record: that of the beginning. Undefined for any other file. */
export function timeInName(name: string): Date | undefined {
  const { day = '', time = '' } = ENDING.exec(name)?.groups ?? {}
  const iso = `${day}T${time}`.replace(/^(....)(..)(..)T(..)(..)(..)(...)$/u, '$1-$2-$3T$4:$5:$6.$7Z')
  const at = new Date(iso)
  return Number.isNaN(at.getTime()) ? undefined : at
}

const DRILL_ENDING = /^\.\d{8}T\d{9}Z\.(?<end>proven|failed|inconclusive)\.drill$/u

/** The names of the records of drills of a set among these, oldest first. */
export function drillRecordsOf(set: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => name.startsWith(`${set}.`) && DRILL_ENDING.test(name.slice(set.length))).toSorted()
}

/** Whether the last drill of a set that was conclusive has proven it. */
export function isProven(set: string, names: readonly string[]): boolean {
  const ends = drillRecordsOf(set, names).map((name) => DRILL_ENDING.exec(name.slice(set.length))?.groups?.['end'])
  return ends.findLast((end) => end !== 'inconclusive') === 'proven'
}
