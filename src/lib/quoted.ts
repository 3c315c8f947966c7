// Long enough for any reasonable path.
const MAX_QUOTED = 300

/** Text of a configuration in a message: in quotes, on one line, truncated if long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)
}

/** `Did you mean "tar"?`, or nothing if no name is similar. */
export function didYouMean(near: string | undefined): string | undefined {
  return near === undefined ? undefined : `Did you mean ${quoted(near)}?`
}
