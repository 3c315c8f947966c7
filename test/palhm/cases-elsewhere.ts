import type { Case } from './cases.ts'

/** Tables that are no runs. */
export const elsewhereCases: Readonly<Record<string, Case>> = {
  '12-ec-table': { kind: 'elsewhere', why: 'a table of exit-code ranges, gone through by the tests of the loader' },
  '19-json': { kind: 'elsewhere', why: 'a table of documents, gone through by the tests of the loader' },
}
