/** All texts of a log in one language. Output of programs and error messages are inserted unchanged. */
export interface LogTexts {
  runBegan(task: string, steps: number, runId: string): string
  runDone(duration: string): string
  runDoneInPart(duration: string): string
  runFailed(message: string): string
  runLocked(message: string): string
  runStopped(by: string): string
  stopComes(by: string): string
  killedBefore(runId: string): string
  notBegun(message: string): string
  hint(text: string): string
  stepStarts(name: string): string
  stepIs(text: string): string
  commandIs(text: string): string
  stepDone(name: string): string
  stepDoneInPart(name: string): string
  stepFailed(name: string, message: string): string
  checkSaid(reason: string): string
  archiveSource(path: string): string
  archiveBase(path: string): string
  archiveMade(path: string, duration: string): string
  archiveCounts(entries: number, unchanged: number, excluded: number, size: string): string
  archiveWouldBe(path: string, entries: number): string
  digestIs(sha1: string): string
  dumpBegan(database: string, path: string): string
  dumpMade(database: string, path: string, size: string, duration: string): string
  dumpWouldBe(database: string, path: string): string
  fileSkipped(path: string, reason: string): string
  fileKept(path: string, reason: string): string
  fileRemoved(path: string, reason: string): string
  fileWouldGo(path: string, reason: string): string
  fileCopied(path: string, target: string): string
  fileWouldBeCopied(path: string, target: string): string
  setBegan(storage: string, objects: number): string
  objectBegan(path: string): string
  objectMade(path: string, size: string, duration: string): string
  objectFailed(path: string): string
  drillBegan(set: string, storage: string, objects: number): string
  objectDrillBegan(path: string): string
  objectProven(path: string, duration: string): string
  objectOnlyRead(path: string, duration: string): string
  objectNotProven(path: string): string
  setPublished(set: string, storage: string, size: string): string
  setFailed(set: string, storage: string, why: string): string
  setKept(set: string, reason: string): string
  setGoes(set: string, reason: string): string
  rotationSkipped(reason: string): string
  rootAwaited(storage: string, by: string): string
  setExpired(set: string, storage: string): string
  tooMuchOutput(): string
  enabled(task: string): string
  disabled(task: string): string
  cannotDo(command: string, message: string): string
}
