interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next: string | null
}

/** All rows of a list, loaded page by page, for exports. */
export async function loadAll<Row>(
  load: (page: { readonly limit: number; readonly cursor?: string }) => Promise<Page<Row>>,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  let cursor: string | null = null
  do {
    const page: Page<Row> = await load({ limit: 1000, ...(cursor === null ? {} : { cursor }) })
    rows.push(...page.rows)
    cursor = page.next
  } while (cursor !== null)
  return rows
}
