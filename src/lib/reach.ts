/**
 * Told at every named point that a run passes. The program itself gives none; the fault tests end the process at a chosen point,
 * so that "killed anywhere" is tested deterministically.
 */
export type Reach = (point: string) => void
