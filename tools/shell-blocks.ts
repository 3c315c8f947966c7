/** The contents of the code blocks marked `sh` in a Markdown text, in order. */
export function shellBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n(?<block>.*?)^```$/gmsu)].map((match) => match.groups?.['block'] ?? '')
}
