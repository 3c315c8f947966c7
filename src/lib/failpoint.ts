/**
 * Called at every named point of a run (a failpoint, as in FreeBSD's fail(9)). The program itself passes none; the fault tests end the process at a
 * selected point, so that kills at any time are tested deterministically.
 */
export type Failpoint = (point: string) => void
