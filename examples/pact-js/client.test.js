'use strict'

// The client's own tests, against any stock at $STOCK_URL: here `seam stub`,
// which plays it from the pact.
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Stock } = require('./client')

const stock = new Stock(process.env.STOCK_URL || 'http://127.0.0.1:8080')

test('an article has a name, a price and a number of pieces', async () => {
  const { sku, name, price, left } = await stock.article('book-1')
  assert.deepEqual({ sku, name, price, left }, { sku: 'book-1', name: 'A book', price: 12.5, left: 3 })
})

test('an article that nobody has is null', async () => {
  assert.equal(await stock.article('none-1'), null)
})

test('a search finds articles', async () => {
  const { articles, total } = await stock.search(['new', 'paper'], 10)
  assert.equal(articles.length, total)
})

test('a reservation holds the pieces until a time', async () => {
  const { pieces, until } = await stock.reserve('book-2', 5)
  assert.equal(pieces, 2)
  assert.ok(!Number.isNaN(Date.parse(until)))
})

test('a call that the contract does not know is refused', async () => {
  await assert.rejects(stock.reserve('book-1', 'two'), /stock answered 404/)
})
