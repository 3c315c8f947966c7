/**
 * Called at every named point that a run passes (a failpoint, as in FreeBSD's fail(9)). The program itself passes none; the fault tests end the process at
 * a chosen point, so that "killed anywhere" is tested deterministically.
 */
export type Failpoint = (point: string) => void
