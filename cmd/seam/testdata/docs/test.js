// A test of the shop's own: `seam test -- npm test` runs it against the entry.
const entry = process.env.SEAM_ENTRY_URL
fetch(`${entry}/checkout`, { headers: { traceparent: process.env.TRACEPARENT } }).then(async answer => {
  const order = await answer.json()
  if (answer.status !== 200 || order.order !== 7) throw new Error(`unexpected ${JSON.stringify(order)}`)
})
