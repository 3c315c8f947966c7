import { z } from 'zod'
import { command, surroundings } from './surroundings.ts'
import { absolutePath, count, duration, filledText, key, mapping, name, oneForm, required, size, told } from './words.ts'

const DNS_HINT = 'Write it in ASCII: letters, digits, - and _ between dots, at most 63 characters each. Other letters are written as xn--….'
const dnsName = z
  .string()
  .max(253, told('no name of the DNS', DNS_HINT))
  .regex(/^(?:\.|[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?)$/iu, told('no name of the DNS', DNS_HINT))

const TYPES = 'A AAAA CAA CNAME DNSKEY DS HTTPS MX NAPTR NS OPENPGPKEY PTR SMIMEA SOA SRV SSHFP SVCB TLSA TXT'.split(' ')
const recordType = z.enum(TYPES)

const dnssec = mapping({
  names: required('Names of the DNS.', z.array(dnsName).min(1, told('a name is expected'))),
  type: key(
    'The type of the records that are asked for, or several; each name must have them. Not said: A.',
    oneForm('a type of records, or a list of them', [recordType, z.array(recordType).min(1, told('a type is expected'))]),
  ),
  resolver: key(
    "The address of a validating resolver. Not said: this host's own. What lies between is trusted, so take a near one.",
    z.string().regex(/^[a-z0-9](?:[a-z0-9.:_-]*[a-z0-9])?$/iu, told('no address', 'Write an address, such as 127.0.0.1 or ::1, or a name.')),
  ),
  port: key('Its port. Not said: 53.', z.int().min(1, told('no port')).max(65_535, told('no port'))),
  'warn-days': key('A warning when a signature ends within so many days. Not said: 7.', count),
  'fail-days': key('A failure when a signature ends within so many days. Not said: 2.', count),
})

const PERCENT_HINT = 'Write 10%, or a size such as 20GiB.'
const percent = z
  .string()
  .regex(/^(?:100|\d{1,2}(?:\.\d+)?) ?%$/u, told('no percentage', 'Write 10%.'))
  .transform((it) => Number.parseFloat(it))
const freeSpace = oneForm('a percentage or a size', [
  z
    .string()
    .regex(/%$/u, told('no percentage', PERCENT_HINT))
    .pipe(percent)
    .transform((it) => ({ percent: it })),
  size.transform((it) => ({ bytes: it })),
])

const diskSpace = mapping({
  paths: required('Folders; the file system of each is looked at.', z.array(absolutePath).min(1, told('a path is expected'))),
  warn: key('A warning when less is free: a percentage or a size. Not said: 10%.', freeSpace),
  fail: key('A failure when less is free. Not said: 5%.', freeSpace),
  'warn-inodes': key('A warning when fewer inodes are free. Not said: 10%.', percent),
  'fail-inodes': key('A failure when fewer inodes are free. Not said: 5%.', percent),
})

const freshness = mapping({
  task: required('The task whose sets are looked at, on each of their storages.', filledText),
  step: key('The name of one of its backup steps. Not said: all of them.', filledText),
  warn: key("A warning when the last good set is older. Not said: by the task's schedule.", duration),
  fail: key("A failure when it is older. Not said: by the task's schedule.", duration),
})

const CHECKS = {
  dnssec: key('Whether names are signed, validated by the resolver, and will remain so.', dnssec),
  'disk-space': key('Whether file systems have room.', diskSpace),
  freshness: key('How old the last good set of a task is. The storages themselves are asked.', freshness),
  exec: key('A plugin of Nagios or Icinga: its exit code (0 to 3) is the answer.', command),
}
const CHECK_KINDS = Object.keys(CHECKS) as readonly (keyof typeof CHECKS)[]

const shape = {
  ...CHECKS,
  timeout: key('What has no answer by then is unknown. Not said: 30s.', duration),
  ...surroundings,
}

function oneKind(value: Readonly<Record<string, unknown>>): string | undefined {
  const kinds = CHECK_KINDS.filter((kind) => value[kind] !== undefined)
  if (kinds.length === 1) return undefined
  const message = kinds.length === 0 ? 'it is not said what is checked' : `a check asks one thing, not ${kinds.join(' and ')}`
  return told(message, `There are: ${CHECK_KINDS.join(', ')}.`)
}

function withOneKind<T extends z.ZodType<Readonly<Record<string, unknown>>>>(form: T): T {
  return form.check((context) => {
    const message = oneKind(context.value)
    if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message })
  })
}

/** A check by itself. */
export const check = withOneKind(mapping(shape)).meta({ id: 'check' })

/** A check as a step, which may have a name. */
export const checkStep = withOneKind(mapping({ name: key('What "check NAME" calls it.', name), ...shape })).meta({ id: 'check-step' })

export type CheckInput = z.output<typeof check>
