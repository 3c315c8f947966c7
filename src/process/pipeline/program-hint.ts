import { programName, type Stage } from '../start/stage.ts'

const HINTS: Readonly<Record<string, { readonly pattern: RegExp; readonly hint: string }>> = {
  slapcat: {
    pattern: /Permission denied/u,
    hint: 'slapcat does not log in: it needs read access to the configuration of slapd, and read and write access to the folder of the database. Run it as root, or as the user of slapd, usually "openldap" or "ldap" (key "user" of the object).',
  },
}

/** What to do about a failure that the program describes in words of its own; undefined if it is unknown. */
export function programHint({ command, stderr }: Stage): string | undefined {
  const name = programName(command)
  const known = Object.hasOwn(HINTS, name) ? HINTS[name] : undefined
  return known?.pattern.test(stderr.text()) === true ? known.hint : undefined
}
