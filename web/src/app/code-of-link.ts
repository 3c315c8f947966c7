/** The code of a link, from its fragment, which browsers do not send. */
export function codeOfLink(): string {
  return decodeURIComponent(location.hash.replace(/^#(?:code=)?/u, ''))
}
