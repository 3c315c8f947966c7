import type { TestContext } from 'node:test'
import { bootReportCases } from './cases-boot-report.ts'
import { elsewhereCases } from './cases-elsewhere.ts'
import { faultCases } from './cases-faults.ts'
import { loadingCases } from './cases-loading.ts'
import { s3Cases } from './cases-s3.ts'
import { setCases } from './cases-sets.ts'
import { stepCases } from './cases-steps.ts'
import type { Ended, Place, Start } from './place.ts'

/** What the run of a case left, for assertions of its own. */
export interface CaseRun {
  readonly t: TestContext
  readonly place: Place
  readonly ended: Ended
  /** The root that the case's sets lie in; made before the run. */
  readonly root: string
}

/** What has to be there before the run; false: the test was skipped. */
export type Scenery = (place: Place, root: string, t: TestContext) => boolean | Promise<boolean>

interface Setting {
  /** The reason in words: what the case shows, or why the outcome differs. */
  readonly why: string
  readonly scenery?: Scenery
  /** How the program is started beyond what is on record. */
  readonly start?: (place: Place, root: string) => Start
  /** What its steps print on stderr is shown, even under -q. */
  readonly chatty?: boolean
  /** Whether our own files stay in the work folder on purpose. */
  readonly leavesWork?: boolean
  /** Seconds of work: run by `npm run test:long` alone. */
  readonly long?: boolean
}

/**
 * What is expected of one recorded case.
 * - `match`: exit, stdout and tree as recorded.
 * - `differs`: on purpose, and `wanted` asserts what is wanted instead.
 * - `elsewhere`: not to be run here.
 */
export type Case =
  | (Setting & {
      readonly kind: 'match'
      /** Asserted instead of an equal stdout where the wording or the layout is free. */
      readonly stdout?: readonly RegExp[]
      readonly stderr?: RegExp
      /** What the objects hold depends on the host or on the time. */
      readonly withoutDigests?: boolean
      readonly also?: (run: CaseRun) => void | Promise<void>
    })
  | (Setting & { readonly kind: 'differs'; readonly wanted: (run: CaseRun) => void | Promise<void> })
  | {
      readonly kind: 'elsewhere'
      readonly why: string
      /** That `config` shows what is said about it is tested here. */
      readonly loads?: true
    }

/** Every recorded case, by the name of its folder. */
export const cases: Readonly<Record<string, Case>> = {
  ...loadingCases,
  ...setCases,
  ...faultCases,
  ...stepCases,
  ...bootReportCases,
  ...s3Cases,
  ...elsewhereCases,
}
