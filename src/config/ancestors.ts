import { kristaArgv } from '../legacy/krista/argv.ts'
import { renderKristaHelp } from '../legacy/krista/help.ts'
import { PALHM_COMMANDS, palhmArgv } from '../legacy/palhm/values/argv.ts'
import type { Dialect } from '../plan/plan.ts'

export type { KristaUser } from '../legacy/krista/web-files.ts'
export type { Json, KristaRecords } from '../legacy/krista/web-records.ts'
export type { LoadDeps } from '../legacy/palhm/load.ts'
// The command lines and texts of the ancestors, for the faces, which do not import `legacy`.
export { kristaArgv, PALHM_COMMANDS, palhmArgv, renderKristaHelp }

/** The parts of the ancestors that are loaded on first use: loading unneeded dialects would take half of the start-up time. */
export const ANCESTORS = {
  krista: {
    load: async () => (await import('../legacy/krista/load.ts')).loadKrista,
    webFiles: () => import('../legacy/krista/web-files.ts'),
    webRecords: () => import('../legacy/krista/web-records.ts'),
  },
  palhm: {
    load: async () => (await import('../legacy/palhm/load.ts')).loadPalhm,
    modules: () => import('../legacy/palhm/include/modules.ts'),
    schema: () => import('../legacy/palhm/schema.ts'),
  },
}

/** PALHM's list of its modules. */
export async function renderPalhmModules(): Promise<string> {
  return (await ANCESTORS.palhm.modules()).renderModules()
}

/** The dialects that have a schema. */
export const SCHEMA_DIALECTS = ['native', 'palhm'] as const satisfies readonly Dialect[]

/** The JSON schema of a configuration file. */
export async function renderSchemaOf(dialect: (typeof SCHEMA_DIALECTS)[number]): Promise<string> {
  if (dialect === 'palhm') return (await ANCESTORS.palhm.schema()).renderSchema()
  return (await import('./native/schema/render-schema.ts')).renderNativeSchema()
}
