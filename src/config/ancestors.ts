import type { Dialect } from '../plan/plan.ts'

// The command lines and texts of the ancestors, for the faces, which do not import `legacy`.
export { kristaArgv } from '../legacy/krista/argv.ts'
export { renderKristaHelp } from '../legacy/krista/help.ts'
export { PALHM_COMMANDS, palhmArgv } from '../legacy/palhm/values/argv.ts'

/** PALHM's list of its modules. */
export async function renderPalhmModules(): Promise<string> {
  return (await import('../legacy/palhm/include/modules.ts')).renderModules()
}

/** The dialects that have a schema. */
export const SCHEMA_DIALECTS = ['native', 'palhm'] as const satisfies readonly Dialect[]

/** The JSON schema of a configuration file. */
export async function renderSchemaOf(dialect: (typeof SCHEMA_DIALECTS)[number]): Promise<string> {
  if (dialect === 'palhm') return (await import('../legacy/palhm/schema.ts')).renderSchema()
  return (await import('./native/schema/render-schema.ts')).renderNativeSchema()
}
