package system

// checkFaults are files whose parts do not fit one another.
var checkFaults = []faultRow{
	{
		"HTTP/2 over TLS where there is none",
		"seam: 1\nservices: { a: { run: [x] } }\nload: { protocol: h2, rate: 1/s, for: 1s, request: { path: / } }\n", false,
		[]string{
			"3:19 load.protocol: h2 is HTTP/2 over TLS, which neither the entry nor the URL has | protocol: h2c",
		},
	},
	{
		"streams of HTTP/1.1",
		"seam: 1\nservices: { a: { run: [x] } }\nload: { streams: 5, rate: 1/s, for: 1s, request: { path: / } }\n", false,
		[]string{
			"3:18 load.streams: streams are those of HTTP/2 | protocol: h2c",
		},
	},
	{
		"a load that calls gRPC in words of HTTP",
		"seam: 1\nservices: { a: { run: [x] } }\nload: { url: http://127.0.0.1:1, protocol: h2c, call: { method: Get, service: a, import-path: api }, rate: 1/s, for: 1s }\n", false,
		[]string{
			"3:65 load.call.method: `Get` names no method of gRPC | package.Service/Method, such as shop.v1.Orders/Get",
		},
	},
	{
		"what does not go with a call of gRPC",
		"seam: 1\nservices: { a: { run: [x] }, b: { stub: { pacts: x } } }\nentry: a\nload:\n" +
			"  - { url: http://127.0.0.1:1, protocol: h2c, call: { method: p.S/Get, service: a, import-path: api }, rate: 1/s, for: 1s }\n" +
			"  - { url: grpc://127.0.0.1:1, request: { path: / }, rate: 1/s, for: 1s }\n" +
			"  - { call: { method: /p.S/Get, service: b }, set-up: { request: { path: / } }, rate: 1/s, for: 1s }\n" +
			"  - { call: { method: p.S/Get, status: NOT_FOUND, check: [{ status: 200 }, { json: /x }, { header: X-Y }] }, rate: 1/s, for: 1s }\n" +
			"  - { call: { method: p.S/Get, service: c, status: NOTFOUND }, request: { path: / }, rate: 1/s, for: 1s }\n", false,
		[]string{
			"5:12 load[0].url: a call of gRPC does not go to `http://` | grpc://127.0.0.1:1",
			"5:42 load[0].protocol: gRPC is spoken over HTTP/2, whatever this says | leave it out",
			"5:81 load[0].call.service: the load names a URL already | keep one of them",
			"5:97 load[0].call.import-path: there is no file whose imports could be looked for | proto: orders.proto, or leave it out",
			"6:12 load[1].url: `grpc://` is for calls of gRPC, and the load has none | call: { method: shop.v1.Orders/Get }, or a URL that begins with http://",
			"7:42 load[2].call.service: `b` is played from pacts, which are of HTTP | a service that speaks gRPC",
			"7:55 load[2].set-up: steps are requests of HTTP/1.1, which a server of gRPC does not take | leave it out",
			"8:69 load[3].call.check[0].status: calls of gRPC have a status of their own | status: NOT_FOUND at the call",
			"8:76 load[3].call.check[1]: an answer of the status NOT_FOUND has no message | leave it out",
			"9:13 load[4]: request and call exclude one another | keep one of them",
			"9:41 load[4].call: there is no service `c` | one of a, b, or add it to services",
			"9:52 load[4].call.status: `NOTFOUND` is not known here; did you mean `NOT_FOUND`? | one of OK, CANCELLED, UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS, UNAUTHENTICATED",
		},
	},
	{
		"faults of edges",
		"seam: 1\nservices: { a: { run: [x], calls: [b, { service: db, protocol: tcp }] }, b: { run: [x] }, db: { run: [x] } }\ndrive:\n" +
			"  - { request: { path: / }, faults: [{ edge: entry->a, latency: 1s }, { edge: a -> b, reset: true, times: 2 }, { edge: a->db, latency: 1s }] }\n" +
			"  - { request: { path: / }, faults: { edge: a->c, latency: 1s } }\n" +
			"  - { request: { path: / }, faults: { edge: a->bb, latency: 1s, share: 0% } }\n" +
			"  - { request: { path: / }, faults: { edge: a->b, share: 10% } }\n" +
			"  - { request: { path: / }, faults: { edge: a->b, reset: true, status: 503 } }\n" +
			"  - { request: { path: / }, faults: { edge: a->b, status: 503, cut: 3 } }\n" +
			"  - { request: { path: / }, faults: { edge: a->db, status: 503 } }\n" +
			"  - { request: { path: / }, faults: { edge: b, latency: 0s } }\n" +
			"load: { rate: 1/s, for: 1s, request: { path: / }, faults: { edge: b->a, reset: true } }\n", false,
		[]string{
			"5:45 drive[1].faults.edge: there is no edge `a->c`; did you mean `a->b`? | a->b",
			"6:45 drive[2].faults.edge: there is no edge `a->bb`; did you mean `a->b`? | a->b",
			"6:72 drive[2].faults.share: of 0% nothing is struck | 10%, or leave the fault out",
			"7:37 drive[3].faults: nothing goes wrong here: one of latency, status, reset, cut, rate must be here | latency: 2s",
			"8:72 drive[4].faults: reset and status exclude one another | keep one of them",
			"9:37 drive[5].faults: cut and rate are of the provider's answer, for which a reset or a status stands | two faults, each with a share of its own",
			"10:37 drive[6].faults: `a->db` passes bytes on unread: there are no requests and answers to tell apart | latency: 2s, or reset: true",
			"11:45 drive[7].faults.edge: `b` is no edge | consumer->provider, such as web->orders, or entry->web",
			"11:57 drive[7].faults.latency: a time of 0 leaves no time at all | latency: 2s",
			"12:67 load.faults.edge: there is no edge `b->a` | one of a->b, a->db, entry->a"},
	},
	{
		"a call to nobody",
		"seam: 1\nservices:\n  orders: { run: [x], calls: [ordrs] }\n", false,
		[]string{
			"3:31 services.orders.calls[0]: there is no service `ordrs`; did you mean `orders`? | orders",
		},
	},
	{
		"a call to nobody, in full",
		"seam: 1\nservices:\n  orders: { run: [x], calls: [{ env: X, service: ordrs }] }\n", false,
		[]string{
			"3:50 services.orders.calls[0]: there is no service `ordrs`; did you mean `orders`? | orders",
		},
	},
	{
		"names of nobody everywhere",
		"seam: 1\nservices: { web: { run: [x], after: wbe } }\nentry: wep\ncontracts: { pacts: x.json, provider: webb }\n", false,
		[]string{
			"2:37 services.web.after: there is no service `wbe`; did you mean `web`? | web",
			"3:8 entry: there is no service `wep`; did you mean `web`? | web",
			"4:39 contracts.provider: there is no service `webb`; did you mean `web`? | web",
		},
	},
	{
		"called twice",
		"seam: 1\nservices: { a: { run: [x], calls: [b, { service: b, env: Z }] }, b: { run: [x] } }\n", false,
		[]string{
			"2:39 services.a.calls[1]: `b` is called twice | keep one: an edge carries every call between two services",
		},
	},
	{
		"start-up in a circle, and the way that leads there",
		"seam: 1\nservices:\n  z: { run: [x], after: [a] }\n  a: { run: [x], after: [b] }\n  b: { run: [x], after: c }\n  c: { run: [x], after: [a] }\n", false,
		[]string{
			"6:26 services.c.after[0]: services wait for one another: a after b after c after a | remove one of these after: entries",
		},
	},
	{
		"two circles",
		"seam: 1\nservices:\n  a: { run: [x], after: [a] }\n  b: { run: [x], after: [c] }\n  c: { run: [x], after: [b] }\n", false,
		[]string{
			"3:26 services.a.after[0]: services wait for one another: a after a | remove one of these after: entries",
			"5:26 services.c.after[0]: services wait for one another: b after c after b | remove one of these after: entries",
		},
	},
	{
		"a port used twice",
		"seam: 1\nservices:\n  a: { run: [x], port: 80 }\n  b: { run: [x], port: 80 }\n", false,
		[]string{
			"4:24 services.b.port: port 80 is used by service a already | another port, or leave it out to have one chosen",
		},
	},
	{
		"ports of edges, the entry and outside",
		"seam: 1\nservices:\n  a: { run: [x], port: 80, calls: [{ service: b, listen: 127.0.0.1:80 }] }\n  b: { url: http://localhost:80/base }\nentry: { service: a, listen: \":80\" }\n", false,
		[]string{
			"3:58 services.a.calls[0].listen: port 80 is used by service a already | another port, or leave it out to have one chosen",
			"4:13 services.b.url: port 80 of this machine is used by service a already | another port for one of the two",
			"5:30 entry.listen: port 80 is used by service a already | another port, or leave it out to have one chosen",
		},
	},
	{
		"an address that others reach",
		"seam: 1\nservices: { a: { run: [x], calls: [{ service: b, listen: \"0.0.0.0:1\" }] }, b: { run: [x] } }\nentry: { listen: \"[::]:2\" }\n", false,
		[]string{
			"2:58 services.a.calls[0].listen: other machines could reach `0.0.0.0:1` | an address of this machine alone, such as 127.0.0.1:8000, or expose: true beside it",
			"3:18 entry.listen: other machines could reach `[::]:2` | an address of this machine alone, such as 127.0.0.1:8000, or expose: true beside it",
		},
	},
	{
		"an address that is none",
		"seam: 1\nservices: { a: { run: [x] } }\nentry: { listen: \"8000\" }\n", true,
		[]string{
			"3:18 entry.listen: `8000` is a port and no address | 127.0.0.1:8000",
		},
	},
	{
		"a host that is no address",
		"seam: 1\nservices: { a: { run: [x] } }\nentry: { listen: \"myhost:80\" }\n", false,
		[]string{
			"3:18 entry.listen: `myhost` is no IP address | listen: 127.0.0.1:8000",
		},
	},
	{
		"names that differ by case, or as a variable not at all",
		"seam: 1\nservices: { Orders: { run: [x] }, orders: { run: [x] } }\n", true,
		[]string{
			"2:13 services.Orders: `Orders` cannot name a service | orders",
			"2:35 services.orders: `orders` and `Orders` would both be ORDERS_URL to a caller | give one of them another name",
		},
	},
	{
		"names that no host can bear",
		"seam: 1\nservices: { my_shop: { run: [x] }, entry: { run: [x] }, 1a: { run: [x] } }\n", true,
		[]string{
			"2:13 services.my_shop: `my_shop` cannot name a service | my-shop",
			"2:36 services.entry: `entry` cannot name a service | lower-case letters, digits and dashes, a letter first; not entry or seam",
			"2:57 services.1a: `1a` cannot name a service | a",
		},
	},
	{
		"a variable for two edges",
		"seam: 1\nservices: { a: { run: [x], calls: [b, { service: c, env: B_URL }] }, b: { run: [x] }, c: { run: [x] } }\n", false,
		[]string{
			"2:39 services.a.calls[1]: `B_URL` would hold the addresses of both b and c | env: with another name at one of the two",
		},
	},
	{
		"variables that seam sets",
		"seam: 1\nservices: { a: { run: [x], env: { PORT: 81, B_URL: x, OTEL_TRACES_EXPORTER: none, OTEL_PROPAGATORS: b3 }, calls: [b] }, b: { run: [x] } }\n", false,
		[]string{
			"2:35 services.a.env.PORT: seam sets `PORT` itself | port: 81 at the service, or leave it out",
			"2:45 services.a.env.B_URL: `B_URL` holds the address of the edge to b | leave it out, or choose another variable with env: at the call",
			"2:55 services.a.env.OTEL_TRACES_EXPORTER: seam sets `OTEL_TRACES_EXPORTER` itself, so that the service's spans come to it | leave it out",
		},
	},
	{
		"a variable that seam sets, for an edge",
		"seam: 1\nservices: { a: { run: [x], calls: [{ service: b, env: PORT }] }, b: { run: [x] } }\n", false,
		[]string{
			"2:55 services.a.calls[0].env: seam sets `PORT` itself | another name, such as ORDERS_URL",
		},
	},
	{
		"variables that are none",
		"seam: 1\nservices: { a: { run: [x], env: { 1A: x }, calls: [{ service: b, env: a-b }] }, b: { run: [x] } }\n", true,
		[]string{
			"2:35 services.a.env.1A: `1A` cannot name a variable | letters, digits and _, no digit first",
			"2:71 services.a.calls[0].env: `a-b` cannot name a variable | letters, digits and _, such as ORDERS_URL",
		},
	},
	{
		"keys that do nothing",
		"seam: 1\nservices: { a: { stub: { pacts: x.json }, env: { A: b }, calls: [b] }, b: { url: \"http://h\", port: 1 } }\n", false,
		[]string{
			"2:43 services.a.env: seam starts no program for this service, so `env` does nothing | remove it",
			"2:58 services.a.calls: seam starts no program for this service, so `calls` does nothing | remove it",
			"2:94 services.b.port: seam starts no program for this service, so `port` does nothing | remove it",
		},
	},
	{
		"an entry that is not clear",
		"seam: 1\nservices: { a: { run: [x] }, b: { run: [x] } }\nload: { rate: 1/s, for: 1s, request: { path: / } }\n", false,
		[]string{
			"3:7 entry: which service this goes to is not clear: nobody calls a, b | entry: a",
		},
	},
	{
		"an entry in a ring of calls",
		"seam: 1\nservices: { a: { run: [x], calls: [b] }, b: { run: [x], calls: [a] } }\ndrive: { request: { path: / } }\n", false,
		[]string{
			"3:8 entry: which service this goes to is not clear: each is called by another | entry: a",
		},
	},
}
