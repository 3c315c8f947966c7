import { errorsOf } from '../lib/errors.ts'

export type CheckErrorKind = 'failed' | 'unknown' | 'aborted'

/** Why a check that a task relies on did not let it go on. */
export class CheckError extends errorsOf('check')<CheckErrorKind> {}
