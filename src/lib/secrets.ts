const SECRET_WORD = '(?:pass(?:word|wd|phrase)?|secret|token|api-?key|access-?key)'

// `--password=x`, `PGPASSWORD=x`, `aws_secret_access_key: x`; also inside a longer script. Matches only at the start of a word: starting at every
// letter would take minutes for a word of a hundred thousand letters.
const ASSIGNED = new RegExp(`(?<![\\w-])([\\w-]*${SECRET_WORD}[\\w-]*\\s*[=:]\\s*)('[^']*'|"[^"]*"|[^\\s'"&;|]+)`, 'giu')
const IN_ADDRESS = /(:\/\/[^\s:/@]*:)[^\s@]+(?=@)/gu
const LONG_OPTION = new RegExp(`^--?[\\w-]*${SECRET_WORD}$`, 'iu')
// Programs for which `-pWORD` is a password.
const SHORT_PASSWORD = /^(?:mysql|mariadb|sshpass|7z|zip)/u
const FILE_OPTION = /(?:file|fd|path|command|cmd)$/iu

/**
 * The arguments of a command for messages, with probable secrets replaced by "…". An existing configuration may contain a password in its arguments:
 * the program receives it, but messages must not contain it. In case of doubt, text is masked.
 */
export function maskSecrets(argv: readonly string[]): readonly string[] {
  const program = (argv[0] ?? '').replace(/^.*\//u, '')
  return argv.map((argument, index) => {
    if (index === 0) return argument
    if (followsSecretOption(argv[index - 1] ?? '') && !argument.startsWith('-')) return '…'
    if (SHORT_PASSWORD.test(program) && /^-p./u.test(argument)) return '-p…'
    return maskInText(argument)
  })
}

/** The same for one text: `PGPASSWORD=… pg_dump postgres://me:…@host/db`. */
function maskInText(text: string): string {
  return text
    .replaceAll(IN_ADDRESS, '$1…')
    .replaceAll(ASSIGNED, (whole, name: string) => (isNoSecret(whole, name) ? whole : `${name}…`))
    .replaceAll(/\b((?:mysql|mariadb)\w*\b[^|;&]*?\s-p)[^\s|;&]+/gu, '$1…')
}

/** The name of a file, or MariaDB's message about a login: `Access denied for user 'me'@'localhost' (using password: YES)`. */
function isNoSecret(assigned: string, name: string): boolean {
  return FILE_OPTION.test(name.replace(/\s*[=:]\s*$/u, '')) || /^password: (?:YES|NO)\)$/u.test(assigned)
}

function followsSecretOption(option: string): boolean {
  return LONG_OPTION.test(option)
}

const SECRET_NAME = new RegExp(SECRET_WORD, 'iu')

/** Whether a variable or option with that name probably contains a secret. */
export function looksSecret(name: string): boolean {
  return SECRET_NAME.test(name)
}
