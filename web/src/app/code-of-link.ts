/** The code of a link, from its fragment, which browsers send to nobody. */
export function codeOfLink(): string {
  return decodeURIComponent(location.hash.replace(/^#(?:code=)?/u, ''))
}
