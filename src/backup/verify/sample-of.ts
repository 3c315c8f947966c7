/** So many percent of the items, one at least, chosen by chance (`random` as `Math.random`), in their own order. */
export function sampleOf<T>(items: readonly T[], { percent, random }: { readonly percent: number; readonly random: () => number }): readonly T[] {
  const count = Math.min(items.length, Math.max(1, Math.ceil((items.length * percent) / 100)))
  // One pass (Knuth, TAOCP volume 2, 3.4.2, algorithm S): each subset of that size is as likely as any other.
  let wanted = count
  return items.filter((_, index) => {
    const isChosen = random() * (items.length - index) < wanted
    if (isChosen) wanted -= 1
    return isChosen
  })
}
