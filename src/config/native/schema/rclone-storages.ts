import type { ValueOf } from '../form/form.ts'
import { forms } from '../form/forms.ts'
import { key, mapping, required } from '../form/mapping.ts'
import { absolutePath, duration, filledText, issueText, REFERENCES, rate } from './schema-helpers.ts'

// Options that Holdfast sets itself, and options that would suppress actions or output.
const OURS = /^(?:rc(?:-.*)?|config|log-.*|syslog.*|use-json-log|quiet|verbose|dry-run|interactive|ask-password|password-command)$/u

const optionName = forms
  .string()
  .regex(
    /^(?!-)[a-z0-9][a-z0-9-]*$/u,
    issueText('invalid rclone option', 'Write the long name without leading dashes: transfers, s3-no-check-bucket.'),
  )
  .refine((it) => !OURS.test(it), issueText('this rclone option cannot be set here'))

const reach = {
  options: key(
    `Options of rclone by their long names, without dashes. They are passed in the environment, never as arguments. A value may be or contain a secret: ${REFERENCES}.`,
    forms.record(
      optionName,
      forms.union([forms.string().regex(/^[^\0]*$/u, issueText('the value contains a NUL character')), forms.number(), forms.boolean()]),
    ),
  ),
  environment: key(
    `Environment variables for rclone, such as a proxy, in addition to PATH, HOME, LANG and TZ, which are inherited. A value may be or contain a secret: ${REFERENCES}.`,
    forms.record(
      forms.string().regex(/^[^=\0]+$/u, issueText('invalid variable name')),
      forms.string().regex(/^[^\0]*$/u, issueText('the value contains a NUL character')),
    ),
  ),
  program: key('Program. Default: rclone, looked up in PATH.', filledText),
  bandwidth: key('Maximum bytes per second, in both directions together: 20MiB/s. Default: unlimited.', rate),
  'stall-limit': key('Stall timeout: the operation fails if the remote transfers no data and sends no answer for this long. Default: 10m.', duration),
}

export const rclone = mapping(() => ({
  type: required('Any storage that rclone supports.', forms.literal('rclone')),
  remote: required(
    'Location in the syntax of rclone: "NAME:PATH" with the name of a remote of its configuration, or ":BACKEND,OPTION=VALUE:PATH". Sets are stored as PATH/NAME/SET, where NAME is the name of the step.',
    filledText.regex(/^[^\n\r]*$/u, issueText('the value contains a line break')),
  ),
  config: key("Configuration file of rclone that defines the remote. Default: the user's, ~/.config/rclone/rclone.conf.", absolutePath),
  ...reach,
}))

const secret = (what: string) => key(`${what}; preferably a reference: ${REFERENCES}.`, filledText)

export const sftp = mapping(() => ({
  type: required('An SFTP server, accessed with rclone.', forms.literal('sftp')),
  host: required('Host name or address.', filledText.regex(/^[^\s/@]+$/u, issueText('invalid host name'))),
  port: key('Port. Default: 22.', forms.int().min(1, issueText('invalid port')).max(65535, issueText('invalid port'))),
  user: required('User name on the server.', filledText.regex(/^[^\s@:]+$/u, issueText('invalid user name'))),
  root: required(
    "Folder on the server; a relative path starts in the user's home folder. Sets are stored as ROOT/NAME/SET, where NAME is the name of the step.",
    filledText.regex(/^[^\n\r]*$/u, issueText('the value contains a line break')),
  ),
  'key-file': key('File with the private key.', absolutePath),
  key: secret('The private key itself, instead of a file'),
  'key-passphrase': secret('Passphrase of the private key'),
  password: secret('Password, if no key is used'),
  'known-hosts': key('File with known host keys, as written by ssh. Default: ~/.ssh/known_hosts.', absolutePath),
  'host-key': key(
    'Public host key of the server, instead of a file: "ssh-ed25519 AAAA…".',
    forms
      .string()
      .regex(
        /^(?:ssh-|ecdsa-)\S+ [A-Za-z0-9+/=]+(?: .*)?$/u,
        issueText('invalid host key', 'Use the output of "ssh-keyscan HOST", without the host name.'),
      ),
  ),
  ...reach,
})).check((context) => {
  const { 'key-file': keyFile, key: ownKey, password, 'known-hosts': knownHosts, 'host-key': hostKey } = context.value
  const fault = (message: string) => context.issues.push({ code: 'custom', input: context.value, message })
  if (keyFile === undefined && ownKey === undefined && password === undefined)
    fault(issueText('exactly one of "key-file", "key" and "password" is required'))
  if (keyFile !== undefined && ownKey !== undefined) fault(issueText('"key-file" and "key" cannot be combined'))
  if (knownHosts !== undefined && hostKey !== undefined) fault(issueText('"known-hosts" and "host-key" cannot be combined'))
})

export type RcloneInput = ValueOf<typeof rclone>
export type SftpInput = ValueOf<typeof sftp>
