'use strict'

// What the web shop asks of the service stock.
class Stock {
  constructor(base) {
    this.base = base
  }

  // article resolves to an article, or to null where there is none.
  async article(sku) {
    const answer = await fetch(`${this.base}/articles/${encodeURIComponent(sku)}`, { headers: { Accept: 'application/json' } })
    if (answer.status === 404) return null
    return read(answer)
  }

  // search resolves to the articles that have all the tags.
  async search(tags, limit) {
    const query = new URLSearchParams(tags.map((tag) => ['tag', tag]))
    query.append('limit', limit)
    return read(await fetch(`${this.base}/articles?${query}`, { headers: { Accept: 'application/json' } }))
  }

  // reserve resolves to the reservation of some pieces of an article.
  async reserve(sku, pieces) {
    return read(await fetch(`${this.base}/reservations`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ sku, pieces }),
    }))
  }
}

async function read(answer) {
  if (!answer.ok) throw new Error(`stock answered ${answer.status}`)
  return answer.json()
}

module.exports = { Stock }
