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
