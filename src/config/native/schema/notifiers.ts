import type { ValueOf } from '../form/form.ts'
import { forms } from '../form/forms.ts'
import { key, mapping, oneForm, required } from '../form/mapping.ts'
import { command } from './commands.ts'
import { absolutePath, count, duration, filledText, issueText, REFERENCES } from './schema-helpers.ts'

// An address that begins with a dash would be an option of the mail program.
const address = forms
  .string()
  .regex(
    /^(?!-)[^\s,\p{Cc}]+$/u,
    issueText('invalid recipient address', 'Write the address only, "ops@example.net" or "root", one for each list item.'),
  )
const addresses = oneForm('an address, or a list of them', [address, forms.list(address).min(1, issueText('at least one address is required'))])
const sender = forms.string().regex(/^(?!-)[^\p{Cc}]+$/u, issueText('invalid sender address'))
const SECRET = `May contain secrets: ${REFERENCES}.`
const url = forms.string().regex(/^(?:https?:\/\/.|.*\$\{)/iu, issueText('invalid URL', 'Start it with "https://".'))
const host = forms.string().regex(/^[^\s\p{Cc}/]+$/u, issueText('invalid host name'))

const TO = 'Recipient addresses.'
const CA = 'File with CA certificates (PEM) to trust in addition to those of the host.'

const limits = (tryTime: string, total: string, tries: number) => ({
  timeout: key(`Time limit of one attempt. Default: ${tryTime}.`, duration),
  'give-up-after': key(`Time limit of all attempts together. Default: ${total}.`, duration),
  retries: key(`Number of retries. Default: ${tries}.`, count),
})

const mail = mapping(() => ({
  type: required('Mail through a mail program of the host, such as mailx(1).', forms.literal('mail')),
  to: required(TO, addresses),
  from: key("Sender address, passed with -r. Default: the program's default.", sender),
  program: key('Mail program. Default: "mailx".', filledText),
  settings: key('Settings, each passed with -S, for programs that support it.', forms.list(filledText)),
  ...limits('60s', '60s', 0),
}))

const sendmail = mapping(() => ({
  type: required("Mail through the host's mail transfer agent, such as sendmail(8).", forms.literal('sendmail')),
  to: required(TO, addresses),
  from: key('Sender address. Default: holdfast@HOST.', sender),
  program: key('Program. Default: /usr/sbin/sendmail.', filledText),
  ...limits('60s', '2m', 2),
}))

const smtp = mapping(() => ({
  type: required('Mail through an SMTP server.', forms.literal('smtp')),
  host: required('Host name of the server.', host),
  port: key(
    'Port. Default: 587 with starttls, 465 with tls, 25 with none.',
    forms.int().min(1, issueText('invalid port')).max(65_535, issueText('invalid port')),
  ),
  security: key(
    '"starttls" (fails if the server does not offer it), "tls", or "none": everything is sent in plain text. Default: tls for port 465, otherwise starttls.',
    forms.choice(['starttls', 'tls', 'none']),
  ),
  user: key('Login name; requires "password".', filledText),
  password: key(SECRET, filledText),
  from: required('Sender address: "ops@example.net" or "Holdfast <ops@example.net>".', sender),
  to: required(TO, addresses),
  ca: key(CA, absolutePath),
  ...limits('30s', '90s', 2),
})).check((context) => {
  const { user, password } = context.value
  if ((user === undefined) !== (password === undefined))
    context.issues.push({ code: 'custom', input: context.value, message: issueText('"user" and "password" must be set together') })
})

const arn = forms.string().regex(/^arn:[^\s\p{Cc}]+$/u, issueText('invalid ARN', 'Write "arn:aws:sns:REGION:ACCOUNT:TOPIC".'))
const sns = mapping(() => ({
  type: required('Amazon SNS.', forms.literal('sns')),
  to: required(
    'ARNs of topics or other targets.',
    oneForm('an ARN, or a list of them', [arn, forms.list(arn).min(1, issueText('at least one ARN is required'))]),
  ),
  profile: key('Profile of the AWS configuration. Default: from the environment, otherwise "default".', filledText),
  region: key('AWS region. Default: the region of the ARN.', filledText),
  endpoint: key("Endpoint URL, instead of Amazon's.", url),
  ...limits('20s', '90s', 3),
}))

const webhook = mapping(() => ({
  type: required('An HTTP request with JSON.', forms.literal('webhook')),
  url: required(SECRET, url),
  method: key('POST (default) or PUT.', forms.choice(['POST', 'PUT'])),
  headers: key(
    `Request headers. ${SECRET}`,
    forms.record(forms.string().regex(/^[\w!#$%&'*+.^`|~-]+$/u, issueText('invalid header name')), forms.string()),
  ),
  json: key(
    `Request document, in YAML. {subject}, {text}, {task}, {status} and others are replaced in its texts. ${SECRET} Default: all available values.`,
    forms.unknown(),
  ),
  'max-length': key(
    'Maximum number of characters of each text in "json". Longer values of placeholders are shortened. Default: that of Discord, Telegram, Slack and ntfy for their addresses, otherwise unlimited.',
    forms.int().min(100, issueText('expected a number of at least 100')),
  ),
  sign: key(
    'Signs the request body with HMAC-SHA256.',
    mapping(() => ({
      secret: required(SECRET, filledText),
      header: key('Header for "sha256=" and the signature in hexadecimal. Default: X-Holdfast-Signature.', filledText),
    })),
  ),
  ca: key(CA, absolutePath),
  ...limits('10s', '60s', 3),
})).check((context) => {
  const { value } = context
  if (value['max-length'] !== undefined && value.json === undefined)
    context.issues.push({
      code: 'custom',
      input: value,
      message: issueText('"max-length" requires "json"', 'Write the document that the service expects in "json".'),
    })
})

const ping = mapping(() => ({
  type: required('A monitoring URL that is called at each run, as with Healthchecks: URL/start, URL, URL/fail.', forms.literal('ping')),
  url: required(SECRET, url),
  method: key('POST (default), with the text as the body, or GET.', forms.choice(['POST', 'GET'])),
  start: key('Whether to report the beginning of a run. Default: true.', forms.boolean()),
  ca: key(CA, absolutePath),
  ...limits('10s', '60s', 3),
}))

const exec = mapping(() => ({
  type: required('A program that receives JSON on its standard input.', forms.literal('exec')),
  command: required('Command to run.', command),
  ...limits('30s', '60s', 0),
}))

const TYPES = 'Valid types: mail, sendmail, smtp, sns, webhook, ping, exec.'

/** One notifier. */
export const notifier = forms
  .byType([mail, sendmail, smtp, sns, webhook, ping, exec], {
    error: ({ code, input }) => {
      if (code !== 'invalid_union') return undefined
      const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : undefined
      return type === undefined ? issueText('missing required key "type"', TYPES) : issueText('unknown notifier type', TYPES)
    },
  })
  .meta({ id: 'notifier' })

const OCCASIONS = ['failure', 'success', 'warnings', 'change', 'always'] as const
const occasion = forms.choice(OCCASIONS)
const names = oneForm('the name of a notifier, or a list of them', [
  filledText,
  forms.list(filledText).min(1, issueText('at least one notifier is required')),
])

const rule = mapping(() => ({
  to: required('Name of a notifier under "notifiers", or a list of names.', names),
  on: key(
    '"failure": each run that fails; "success": each run that does not fail; "warnings": each run with warnings; "change" (default): a new failure, and the first good run after it; "always" (default for pings).',
    oneForm('an occasion, or a list of them', [occasion, forms.list(occasion).min(1, issueText('at least one occasion is required'))]),
  ),
  remind: key('With "change": repeat the notification of the same failure after this time. Default: 7d. 0: never.', duration),
})).meta({ id: 'notify-rule' })

export const NOTIFY_MEANING = 'Notifications of runs: names of notifiers, or mappings with more settings.'
export const notify = oneForm('the name of a notifier, or a list', [
  filledText,
  rule,
  forms.list(oneForm('the name of a notifier, or a mapping with "to"', [filledText, rule])),
])

export const bootReport = mapping(() => ({
  to: key('Name of a notifier, or a list of names. Default: print the report.', names),
  subject: key('{hostname} is replaced by the host name; write {{ and }} for braces.', filledText),
  header: key('Lines at the beginning of the report; replaced as in the subject.', forms.string()),
  'uptime-since': key('Whether the report contains the time of the last boot. Default: true.', forms.boolean()),
  uptime: key('Whether the report contains the uptime. Default: true.', forms.boolean()),
  'boot-id': key("Whether the report contains the kernel's boot id. Default: true.", forms.boolean()),
  facts: key(
    'Additional contents: whether the last shutdown was clean, how long the host was down, the running and the newest installed kernel, failed units. Default: all.',
    forms.list(forms.choice(['last-shutdown', 'down-time', 'kernel', 'failed-units'])),
  ),
  wait: key('"systemd": wait until the boot has finished, at most 15 minutes.', forms.literal('systemd')),
  delay: key('Time to wait before the report is made.', duration),
}))

export type NotifierInput = ValueOf<typeof notifier>
export type NotifyInput = ValueOf<typeof notify>
