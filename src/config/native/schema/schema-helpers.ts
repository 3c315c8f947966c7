import { parseBytes, parseDuration } from '../../../lib/format.ts'
import { forms } from '../form/forms.ts'
import { oneForm } from '../form/mapping.ts'

/** A message and its hint. The schema library supports only one text, so they are joined by a line break, which neither contains. */
export function issueText(message: string, hint?: string): string {
  return hint === undefined ? message : `${message}\n${hint}`
}

const NO_NUL = /^[^\0]*$/u

const text = forms.string().regex(NO_NUL, issueText('the value contains a NUL character'))
export const filledText = text.min(1, issueText('the text is empty'))
export const texts = forms.list(text)
const NO_HOME = issueText('"~" is not expanded to a home folder', 'Write the path from the root folder, such as /root/backups or /home/USER/backups.')
export const absolutePath = text.regex(/^\//u, {
  error: ({ input }) => (typeof input === 'string' && input.startsWith('~') ? NO_HOME : issueText('expected an absolute path', 'Start it with "/".')),
})
/** Relative to the working folder, if it is not absolute. */
export const path = filledText.regex(/^(?!~)/u, NO_HOME)

/** A name of a folder or file. */
export const fileName = forms
  .string()
  .max(200, issueText('name too long: at most 200 characters are allowed'))
  .regex(/^(?!\.)[^/\p{Cc}]+$/u, issueText('invalid file name', 'It must not start with a dot, and must not contain slashes or control characters.'))

/** A name that other keys refer to. */
export const name = forms
  .string()
  .regex(
    /^[\p{L}\p{N}_][\p{L}\p{N}_.@+-]*$/u,
    issueText('invalid name', 'A name consists of letters, digits and . _ @ + - and starts with a letter or digit.'),
  )

export const duration = forms
  .string({ error: issueText('expected a duration', 'Write a number with a unit, in quotes if necessary: 90s, 10m, 6h or 2d.') })
  .refine((it) => parseDuration(it) !== undefined, issueText('invalid duration', 'Write a number with a unit: 90s, 10m, 6h or 2d.'))
  .transform((it) => parseDuration(it) ?? 0)

const SIZE_HINT = 'Write a number of bytes, or a number with a unit: 512MiB, 200GiB, 1.5TB.'
export const size = oneForm('a size', [
  forms.int().min(0, issueText('invalid size: it is negative')),
  forms.string().refine((it) => parseBytes(it) !== undefined, issueText('invalid size', SIZE_HINT)),
]).transform((it) => (typeof it === 'number' ? it : (parseBytes(it) ?? 0)))

export const mode = forms
  .string({ error: issueText('expected a mode as octal digits in quotes', 'Write "0750".') })
  .regex(/^0?[0-7]{3,4}$/u, issueText('invalid mode', 'Write three or four octal digits in quotes, such as "0750".'))
  .transform((it) => Number.parseInt(it, 8))

export const count = forms.int().min(0, issueText('expected a number of at least 0'))

export const rate = forms
  .string({ error: issueText('expected a rate', 'Write bytes per second: 20MiB/s.') })
  .refine((it) => (parseBytes(it.replace(/\/s$/u, '')) ?? 0) > 0, issueText('invalid rate', 'Write bytes per second: 20MiB/s.'))
  .transform((it) => parseBytes(it.replace(/\/s$/u, '')) ?? 0)

/** The forms of references to secrets, for messages and descriptions. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is the form itself
export const REFERENCES = '${env:NAME}, ${file:/path} or ${credential:NAME}'
export const REFER_HINT = `Use a reference: ${REFERENCES}.`

/** The hint for an address without encryption. */
export const HTTPS_HINT = 'Use "https://" if the server supports it.'
