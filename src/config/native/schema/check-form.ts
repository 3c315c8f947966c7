import type { Report } from '../../../document/issue-report.ts'
import { type LocatedNode, plainValue } from '../../../document/yaml/node.ts'
import { type Form, REFUSED } from '../form/form.ts'

let faults: typeof import('./report-faults.ts') | undefined

const FAULTS_NEEDED = new Error('errors cannot be reported yet')

/**
 * Calls `compile`, which checks forms, and again if there are errors: what reports them is loaded then. It includes Zod, which takes longer to load than most
 * configurations to read.
 */
export async function withFaults<T>(compile: () => T): Promise<T> {
  try {
    return compile()
  } catch (error) {
    if (error !== FAULTS_NEEDED) throw error
    faults = await import('./report-faults.ts')
    return compile()
  }
}

/** The value of a form. Otherwise all its errors are reported: see `reportFaults`. It is called by a function that is called by `withFaults`. */
export function checkForm<T>(placed: LocatedNode, form: Form<T>, report: Report): T | undefined {
  const found = form.read(plainValue(placed.node))
  if (found !== REFUSED) return found
  if (faults === undefined) throw FAULTS_NEEDED
  return faults.reportFaults(placed, form, report)
}
