import type { Form, ValueOf } from '../form/form.ts'
import { forms } from '../form/forms.ts'
import { key, mapping, oneForm, required } from '../form/mapping.ts'
import { command, processContext } from './commands.ts'
import { absolutePath, count, duration, filledText, issueText, name, size } from './schema-helpers.ts'

const DNS_HINT = 'Use ASCII: letters, digits, - and _, separated by dots, at most 63 characters each. Write other letters in their xn--… form.'
const dnsName = forms
  .string()
  .max(253, issueText('invalid DNS name', DNS_HINT))
  .regex(
    /^(?:\.|[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?)$/iu,
    issueText('invalid DNS name', DNS_HINT),
  )

const TYPES = 'A AAAA CAA CNAME DNSKEY DS HTTPS MX NAPTR NS OPENPGPKEY PTR SMIMEA SOA SRV SSHFP SVCB TLSA TXT'.split(' ')
const recordType = forms.choice(TYPES)

const dnssec = mapping(() => ({
  names: required('DNS names.', forms.list(dnsName).min(1, issueText('at least one name is required'))),
  type: key(
    'Record type to query, or a list of types; each name must have all of them. Default: A.',
    oneForm('a record type, or a list of record types', [
      recordType,
      forms.list(recordType).min(1, issueText('at least one record type is required')),
    ]),
  ),
  resolver: key(
    "Address of a validating resolver. Default: the host's own resolvers. The connection to the resolver is trusted, so use a nearby one.",
    forms
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9.:_-]*[a-z0-9])?$/iu, issueText('invalid address', 'Write an address, such as 127.0.0.1 or ::1, or a host name.')),
  ),
  port: key('Port of the resolver. Default: 53.', forms.int().min(1, issueText('invalid port')).max(65_535, issueText('invalid port'))),
  'warn-days': key('Warn if a signature expires within this number of days. Default: 7.', count),
  'fail-days': key('Fail if a signature expires within this number of days. Default: 2.', count),
}))

const PERCENT_HINT = 'Write 10%, or a size such as 20GiB.'
const percent = forms
  .string()
  .regex(/^(?:100|\d{1,2}(?:\.\d+)?) ?%$/u, issueText('invalid percentage', 'Write 10%.'))
  .transform((it) => Number.parseFloat(it))
const freeSpace = oneForm('a percentage or a size', [
  forms
    .string()
    .regex(/%$/u, issueText('invalid percentage', PERCENT_HINT))
    .pipe(percent)
    .transform((it) => ({ percent: it })),
  size.transform((it) => ({ bytes: it })),
])

const diskSpace = mapping(() => ({
  paths: required('Folders whose file systems are checked.', forms.list(absolutePath).min(1, issueText('at least one path is required'))),
  warn: key('Warn if less space than this is free: a percentage or a size. Default: 10%.', freeSpace),
  fail: key('Fail if less space than this is free. Default: 5%.', freeSpace),
  'warn-inodes': key('Warn if fewer inodes than this are free. Default: 10%.', percent),
  'fail-inodes': key('Fail if fewer inodes than this are free. Default: 5%.', percent),
}))

const freshness = mapping(() => ({
  task: required('Task whose sets are checked, on each of its storages.', filledText),
  step: key('Name of one of its backup steps. Default: all backup steps.', filledText),
  warn: key("Warn if the last good set is older than this. Default: derived from the task's schedule.", duration),
  fail: key("Fail if the last good set is older than this. Default: derived from the task's schedule.", duration),
}))

const CHECKS = {
  dnssec: key('Checks that DNS names are signed (DNSSEC), that the resolver validates them, and that the signatures do not expire soon.', dnssec),
  'disk-space': key('Checks the free space of file systems.', diskSpace),
  freshness: key('Checks the age of the last good set of a task, as found on its storages.', freshness),
  exec: key('Runs a plugin for Nagios or Icinga: its exit code (0 to 3) is the result.', command),
}
const CHECK_KINDS = Object.keys(CHECKS) as readonly (keyof typeof CHECKS)[]

const shape = {
  ...CHECKS,
  timeout: key('Time limit; a check that has not finished by then is unknown. Default: 30s.', duration),
  ...processContext,
}

function oneKind(value: Readonly<Record<string, unknown>>): string | undefined {
  const kinds = CHECK_KINDS.filter((kind) => value[kind] !== undefined)
  if (kinds.length === 1) return undefined
  const message = kinds.length === 0 ? 'the check has no kind' : `a check must have exactly one kind, found ${kinds.join(' and ')}`
  return issueText(message, `Valid kinds: ${CHECK_KINDS.join(', ')}.`)
}

function withOneKind<T extends Readonly<Record<string, unknown>>>(form: Form<T>): Form<T> {
  return form.check((context) => {
    const message = oneKind(context.value)
    if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message })
  })
}

/** A check by itself. */
export const check = withOneKind(mapping(() => shape)).meta({ id: 'check' })

/** A check as a step, which may have a name. */
export const checkStep = withOneKind(mapping(() => ({ name: key('Name of the check for "check NAME".', name), ...shape }))).meta({ id: 'check-step' })

export type CheckInput = ValueOf<typeof check>
