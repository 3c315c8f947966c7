// Long enough for any sensible path.
const MAX_QUOTED = 300

/** Text of a configuration inside a message: in quotes, on one line, cut when long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)
}

/** `Did you mean "tar"?`, or nothing when nothing is near. */
export function didYouMean(near: string | undefined): string | undefined {
  return near === undefined ? undefined : `Did you mean ${quoted(near)}?`
}
