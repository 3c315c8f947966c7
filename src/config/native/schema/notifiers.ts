import { z } from 'zod'
import { REFERENCES } from './references.ts'
import { command } from './surroundings.ts'
import { absolutePath, count, duration, filledText, key, mapping, oneForm, required, told } from './words.ts'

// An address that begins with a dash would be an option of the mail program.
const address = z
  .string()
  .regex(/^(?!-)[^\s,\p{Cc}]+$/u, told('no address of a recipient', 'Write the address alone, "ops@example.net" or "root", one in an item.'))
const addresses = oneForm('an address, or a list of them', [address, z.array(address).min(1, told('an address is expected'))])
const sender = z.string().regex(/^(?!-)[^\p{Cc}]+$/u, told('no address of a sender'))
const SECRET = `May hold secrets: ${REFERENCES}.`
const url = z.string().regex(/^(?:https?:\/\/.|.*\$\{)/iu, told('no address', 'Begin it with "https://".'))
const host = z.string().regex(/^[^\s\p{Cc}/]+$/u, told('no name of a server'))

const TO = 'Who gets it: addresses.'
const CA = 'A file with certificates (PEM) of authorities to be trusted beside those of the host.'

const limits = (tryTime: string, total: string, tries: number) => ({
  timeout: key(`How long one try may take. Not said: ${tryTime}.`, duration),
  'give-up-after': key(`How long all tries may take. Not said: ${total}.`, duration),
  retries: key(`How often it is tried again. Not said: ${tries}.`, count),
})

const mail = mapping({
  type: required('Mail by a mail program of the host: mailx(1) and its kin.', z.literal('mail')),
  to: required(TO, addresses),
  from: key('The address of the sender, handed over with -r. Not said: as the program does.', sender),
  program: key('The program. Not said: "mailx".', filledText),
  settings: key('Settings handed over with -S, one by one, for programs that know that.', z.array(filledText)),
  ...limits('60s', '60s', 0),
})

const sendmail = mapping({
  type: required("Mail by the host's mail transport: sendmail(8) and its kin.", z.literal('sendmail')),
  to: required(TO, addresses),
  from: key('The address of the sender. Not said: holdfast@HOST.', sender),
  program: key('The program. Not said: /usr/sbin/sendmail.', filledText),
  ...limits('60s', '2m', 2),
})

const smtp = mapping({
  type: required('Mail by a mail server.', z.literal('smtp')),
  host: required('The name of the server.', host),
  port: key('Not said: 587 with starttls, 465 with tls, 25 with none.', z.int().min(1, told('no port')).max(65_535, told('no port'))),
  security: key(
    '"starttls" (when nothing is said; refused where the server does not offer it), "tls", or "none": everything is readable on the way.',
    z.enum(['starttls', 'tls', 'none']),
  ),
  user: key('To log in as; with "password".', filledText),
  password: key(SECRET, filledText),
  from: required('The address of the sender: "ops@example.net" or "Holdfast <ops@example.net>".', sender),
  to: required(TO, addresses),
  ca: key(CA, absolutePath),
  ...limits('30s', '90s', 2),
}).check((context) => {
  const { user, password } = context.value
  if ((user === undefined) !== (password === undefined))
    context.issues.push({ code: 'custom', input: context.value, message: told('"user" and "password" go together') })
})

const arn = z.string().regex(/^arn:[^\s\p{Cc}]+$/u, told('no ARN', 'Write "arn:aws:sns:REGION:ACCOUNT:TOPIC".'))
const sns = mapping({
  type: required('Amazon SNS.', z.literal('sns')),
  to: required('ARNs of topics or other targets.', oneForm('an ARN, or a list of them', [arn, z.array(arn).min(1, told('an ARN is expected'))])),
  profile: key('The profile in the AWS configuration. Not said: "default", or what the environment says.', filledText),
  region: key('Not said: that of the ARN.', filledText),
  endpoint: key("Another address than Amazon's own.", url),
  ...limits('20s', '90s', 3),
})

const webhook = mapping({
  type: required('An HTTP request with JSON.', z.literal('webhook')),
  url: required(SECRET, url),
  method: key('POST (when nothing is said) or PUT.', z.enum(['POST', 'PUT'])),
  headers: key(`Headers of the request. ${SECRET}`, z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/u, told('no name of a header')), z.string())),
  json: key(
    `The document, in YAML. In its texts {subject}, {text}, {task}, {status} and others are filled in. ${SECRET} Not said: everything that is known.`,
    z.unknown(),
  ),
  sign: key(
    'Signs the body with HMAC-SHA256.',
    mapping({
      secret: required(SECRET, filledText),
      header: key('Gets "sha256=" and the signature in hex. Not said: X-Holdfast-Signature.', filledText),
    }),
  ),
  ca: key(CA, absolutePath),
  ...limits('10s', '60s', 3),
})

const ping = mapping({
  type: required('An address that waits to hear of each run, as Healthchecks does: URL/start, URL, URL/fail.', z.literal('ping')),
  url: required(SECRET, url),
  method: key('POST (when nothing is said), with the text as the body, or GET.', z.enum(['POST', 'GET'])),
  start: key('Whether the beginning of a run is told. Not said: true.', z.boolean()),
  ca: key(CA, absolutePath),
  ...limits('10s', '60s', 3),
})

const exec = mapping({
  type: required('A program that gets JSON on its standard input.', z.literal('exec')),
  command: required('What is run.', command),
  ...limits('30s', '60s', 0),
})

const TYPES = 'There are: mail, sendmail, smtp, sns, webhook, ping, exec.'

/** One notifier. */
export const notifier = z
  .discriminatedUnion('type', [mail, sendmail, smtp, sns, webhook, ping, exec], {
    error: ({ code, input }) => {
      if (code !== 'invalid_union') return undefined
      const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : undefined
      return type === undefined ? told('the required key "type" is missing', TYPES) : told('there is no such type of notifier', TYPES)
    },
  })
  .meta({ id: 'notifier' })

const OCCASIONS = ['failure', 'success', 'warnings', 'change', 'always'] as const
const occasion = z.enum(OCCASIONS)
const names = oneForm('the name of a notifier, or a list of them', [
  filledText,
  z.array(filledText).min(1, told('the name of a notifier is expected')),
])

const rule = mapping({
  to: required('The name of a notifier of "notifiers", or several.', names),
  on: key(
    '"failure": each run that fails; "success": each that does not; "warnings": each that notes something; "change" (when nothing is said): a new failure, and the first good run after it; "always" (with pings when nothing is said).',
    oneForm('an occasion, or a list of them', [occasion, z.array(occasion).min(1, told('an occasion is expected'))]),
  ),
  remind: key('With "change": the same failure is told again after so long. Not said: 7d. 0: never.', duration),
}).meta({ id: 'notify-rule' })

export const NOTIFY_MEANING = 'Who is told of runs: names of notifiers, or mappings that say more.'
export const notify = oneForm('the name of a notifier, or a list', [
  filledText,
  rule,
  z.array(oneForm('the name of a notifier, or a mapping with "to"', [filledText, rule])),
])

export const bootReport = mapping({
  to: key('The name of a notifier, or several. Not said: it is printed.', names),
  subject: key('{hostname} stands for the name of the host; {{ and }} for braces.', filledText),
  header: key('Lines at the top; filled in like the subject.', z.string()),
  'uptime-since': key('Whether it says since when the host is up. Not said: true.', z.boolean()),
  uptime: key('Whether it says how long the host is up. Not said: true.', z.boolean()),
  'boot-id': key("Whether it carries the kernel's boot id. Not said: true.", z.boolean()),
  facts: key(
    'What else it tells: whether the last shutdown was clean, how long the host was down, which kernel runs and which is the newest, which units failed. Not said: all.',
    z.array(z.enum(['last-shutdown', 'down-time', 'kernel', 'failed-units'])),
  ),
  wait: key('"systemd": waits until the start of the host has come to its end, a quarter of an hour at most.', z.literal('systemd')),
  delay: key('How long to wait before the report is made.', duration),
})

export type NotifierInput = z.output<typeof notifier>
export type NotifyInput = z.output<typeof notify>
