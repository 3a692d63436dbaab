// The shop's front: /checkout asks the orders service to place an order.
const http = require('http')
const orders = process.env.ORDERS_URL

http.createServer(async (request, response) => {
  if (!request.url.startsWith('/checkout')) {
    response.writeHead(404).end()
    return
  }
  const headers = { 'content-type': 'application/json' }
  for (const name of ['traceparent', 'tracestate']) {
    if (request.headers[name]) headers[name] = request.headers[name]
  }
  try {
    const answer = await fetch(`${orders}/orders`, { method: 'POST', headers, body: '{"sku": "tea"}' })
    const order = await answer.json()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ order: order.id, euro: order.cents / 100 }) + '\n')
  } catch (error) {
    response.writeHead(502).end(String(error))
  }
}).listen(process.env.PORT, '127.0.0.1')
