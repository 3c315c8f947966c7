/** The blocks of a `RESTORE.md` that need no secret, those that do, or those that load what was restored into a server, in order. */
export function guideBlocks(text: string, kind: 'sh' | 'sh needs-key' | 'sh needs-server' = 'sh'): readonly string[] {
  return [...text.matchAll(/^```(?<info>[^\n]*)\n(?<script>[\s\S]*?)^```$/gmu)]
    .filter((it) => it.groups?.['info'] === kind)
    .map((it) => it.groups?.['script'] ?? '')
}
