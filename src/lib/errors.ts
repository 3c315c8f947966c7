/**
 * Base of every error that we raise on purpose. `message` is for people: lower case, names the thing in double quotes, no full stop.
 * `hint` is a sentence with a full stop that says what to do. `code` is for machines (`room/kind`) and never changes.
 * Neither text ever carries a secret.
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

/** What an error knows beside its message. */
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

/** The system's error code (`ENOENT`, …) of anything thrown, or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What went wrong as one line, the innermost system message included once. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error && !error.message.includes(error.cause.message) ? `: ${messageOf(error.cause)}` : ''
  return `${withoutDescriptors(error.message)}${cause}`
}

// Folders are held by descriptors: what the system says of a path below one would tell nobody where that is.
function withoutDescriptors(message: string): string {
  return message.replace(/, \w+ '\/proc\/self\/fd\/\d+[^']*'(?: -> '[^']*')?$/u, '')
}
