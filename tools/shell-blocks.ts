/** The contents of the blocks of a Markdown text that are marked as `sh`, in order. */
export function shellBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n(?<block>.*?)^```$/gmsu)].map((match) => match.groups?.['block'] ?? '')
}
