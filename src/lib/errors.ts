/**
 * The base of all errors that Holdfast throws intentionally. `message` is for users: lower case, names in double quotes, no full stop. `hint` is a
 * sentence with a full stop that states what to do. `code` is for programs (`room/kind`) and never changes. Neither text ever contains a secret.
 */
export abstract class AppError extends Error {
  abstract readonly code: string
  readonly hint: string | undefined

  constructor(message: string, options: ErrorFacts = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.hint = options.hint
  }
}

/** The properties of an error in addition to its message. */
export interface ErrorFacts {
  readonly cause?: unknown
  readonly hint?: string | undefined
}

/** What the errors of a room extend: `class XError extends errorsOf('room')<Kinds> {}`, thrown as `new XError('kind', message)`, has the code `room/kind`. */
export function errorsOf<Room extends string>(room: Room) {
  return class<Kind extends string> extends AppError {
    readonly code: `${Room}/${Kind}`

    constructor(kind: Kind, message: string, options?: ErrorFacts) {
      super(message, options)
      this.code = `${room}/${kind}`
    }
  }
}

/** The system's error code (`ENOENT`, …) of a thrown value, or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The error as one line, with the messages of its causes, unless they say the same. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  return `${withoutDescriptors(message)}${cause instanceof Error && !says(message, cause) ? `: ${messageOf(cause)}` : ''}`
}

// A message of Node.js: "EROFS: read-only file system, mkdir '/srv/sets'".
const OF_NODE = /^E[A-Z\d]+: (?<words>[^,]+)/u

function says(message: string, cause: Error): boolean {
  const words = OF_NODE.exec(cause.message)?.groups?.['words']?.replace('i/o error', 'input/output error')
  return message.includes(cause.message) || (words !== undefined && message.includes(words))
}

// Folders are accessed by descriptors: paths below one in system messages are not meaningful.
function withoutDescriptors(message: string): string {
  return message.replace(/, \w+ '\/proc\/self\/fd\/\d+[^']*'(?: -> '[^']*')?$/u, '')
}
