/** The blocks of a `RESTORE.md` that need no secret, or those that do, in order. */
export function guideBlocks(text: string, kind: 'sh' | 'sh needs-key' = 'sh'): readonly string[] {
  return [...text.matchAll(/^```(?<info>[^\n]*)\n(?<script>[\s\S]*?)^```$/gmu)]
    .filter((it) => it.groups?.['info'] === kind)
    .map((it) => it.groups?.['script'] ?? '')
}
