package system

// valueFaults are files in which a value or a key is wrong.
var valueFaults = []faultRow{
	{
		"an unknown key is named with its neighbour",
		"seam: 1\nservices:\n  a: { run: [x], redy: {} }\n", true,
		[]string{
			"3:18 services.a.redy: there is no key `redy` here; did you mean `ready`? | ready: { http: /healthz, within: 30s }",
		},
	},
	{
		"an unknown key like none lists all",
		"seam: 1\nservices:\n  a: { run: [x] }\nspeed: 3\n", true,
		[]string{
			"4:1 speed: there is no key `speed` here | one of contracts, coverage, drive, entry, expect, load, name, publish, seam, services",
		},
	},
	{
		"weights of interactions",
		"seam: 1\nservices:\n  a: { url: \"http://127.0.0.1:9\" }\nload: { rate: 1/s, for: 1s, pacts: { weights: [x] } }\n", true,
		[]string{
			"4:36 load.pacts: there are no pacts: seam.yaml has no contracts | files: pacts/*.json, or contracts: [{ pacts: pacts/*.json }]",
			"4:47 load.pacts.weights: this must be a mapping of descriptions, but is a list | weights: { a charge: 3, a refund: 0 }",
		},
	},
	{
		"a key in another case",
		"seam: 1\nservices:\n  a: { Run: [x] }\n", true,
		[]string{
			"3:8 services.a.Run: there is no key `Run` here; did you mean `run`? | run: [./web]",
		},
	},
	{
		"a command in one text",
		"seam: 1\nservices:\n  a: { run: go run ./a }\n", true,
		[]string{
			"3:13 services.a.run: a command is a list of the program and its arguments, but this is text | [go, run, ./a]",
		},
	},
	{
		"a command that only a shell understands",
		"seam: 1\nservices:\n  a: { run: ./a $PORT && x }\n", true,
		[]string{
			"3:13 services.a.run: a command is a list of the program and its arguments, but this is text | [sh, -c, './a $PORT && x']",
		},
	},
	{
		"no command",
		"seam: 1\nservices:\n  a: { run: [] }\n", true,
		[]string{
			"3:13 services.a.run: this list is empty | run: [./web]",
		},
	},
	{
		"a command that is nothing",
		"seam: 1\nservices:\n  a:\n    run:\n", true,
		[]string{
			"4:5 services.a.run: this must be a list of a program and its arguments, but is nothing | run: [./web]",
		},
	},
	{
		"a program without a name",
		"seam: 1\nservices:\n  a: { run: [\"\"] }\n", false,
		[]string{
			"3:14 services.a.run: the program's name is empty | run: [./web]",
		},
	},
	{
		"no way to come to life",
		"seam: 1\nservices:\n  a: { port: 80 }\n", true,
		[]string{
			"3:6 services.a: one of run, url, stub must be here | run: [./web], or url: http://127.0.0.1:8080, or stub: { pacts: pacts/*.json }",
		},
	},
	{
		"three ways to come to life",
		"seam: 1\nservices:\n  a: { run: [x], url: \"http://h\", stub: { pacts: x.json } }\n", true,
		[]string{
			"3:41 services.a: run and url and stub exclude one another | keep one of them",
		},
	},
	{
		"no version and no services",
		"name: x\n", true,
		[]string{
			"1:1 seam: the key `seam` is missing | seam: 1",
			"1:1 services: the key `services` is missing | services: { web: { run: [./web] } }",
		},
	},
	{
		"a version to come",
		"seam: 2\nservices: { a: { run: [x] } }\n", true,
		[]string{
			"1:7 seam: this must be 1, but is `2` | seam: 1",
		},
	},
	{
		"no service at all",
		"seam: 1\nservices: {}\n", true,
		[]string{
			"2:11 services: a system has at least one service | services: { web: { run: [./web] } }",
		},
	},
	{
		"a list where a mapping is wanted",
		"seam: 1\nservices: [a]\n", true,
		[]string{
			"2:11 services: this must be a mapping of names to services, but is a list | services: { web: { run: [./web] } }",
		},
	},
	{
		"a service that is nothing",
		"seam: 1\nservices:\n  a:\n", true,
		[]string{
			"3:3 services.a: this must be a mapping of keys to values, but is nothing | services: { web: { run: [./web] } }",
		},
	},
	{
		"a number where text is wanted",
		"seam: 1\nservices:\n  a: { run: [x], dir: 5 }\n", true,
		[]string{
			"3:23 services.a.dir: this must be text, but is a number | dir: services/web",
		},
	},
	{
		"text where a number is wanted",
		"seam: 1\nservices:\n  a: { run: [x], port: \"80\" }\n", true,
		[]string{
			"3:24 services.a.port: this must be a whole number, but is text | port: 8080",
		},
	},
	{
		"a number that some read as octal",
		"seam: 1\nservices:\n  a: { run: [x], port: 010 }\n", false,
		[]string{
			"3:24 services.a.port: this must be a whole number from 1 to 65535, but is `010` | port: 8080",
		},
	},
	{
		"a port beyond the last",
		"seam: 1\nservices:\n  a: { run: [x], port: 65536 }\n", true,
		[]string{
			"3:24 services.a.port: this must be a whole number from 1 to 65535, but is `65536` | port: 8080",
		},
	},
	{
		"a boolean that is none",
		"seam: 1\nservices:\n  a: { run: [x], instrumented: maybe }\n", true,
		[]string{
			"3:32 services.a.instrumented: this must be true or false, but is text | instrumented: true",
		},
	},
	{
		"a duration without unit",
		"seam: 1\nservices:\n  a: { run: [x], ready: { within: 5 } }\n", true,
		[]string{
			"3:35 services.a.ready.within: `5` is a duration without its unit | `5s` for seconds; ms, s, m and h are units",
		},
	},
	{
		"a duration that is none",
		"seam: 1\nservices:\n  a: { run: [x], ready: { within: soon } }\n", true,
		[]string{
			"3:35 services.a.ready.within: `soon` is no duration | a number with its unit, such as 500ms, 30s or 2m",
		},
	},
	{
		"a negative duration",
		"seam: 1\nservices:\n  a: { run: [x], stop: { within: -5s } }\n", true,
		[]string{
			"3:34 services.a.stop.within: `-5s` is no duration | a number with its unit, such as 500ms, 30s or 2m",
		},
	},
	{
		"no time at all",
		"seam: 1\nservices:\n  a: { run: [x], stop: { within: 0s } }\n", false,
		[]string{
			"3:34 services.a.stop.within: a time of 0 leaves no time at all | within: 5s",
		},
	},
	{
		"two ways to be ready",
		"seam: 1\nservices:\n  a: { run: [x], ready: { http: /, log: up } }\n", true,
		[]string{
			"3:41 services.a.ready: http and log exclude one another | keep one of them",
		},
	},
	{
		"a path without its slash",
		"seam: 1\nservices:\n  a: { run: [x], ready: { http: healthz } }\n", true,
		[]string{
			"3:33 services.a.ready.http: a path begins with / | /healthz",
		},
	},
	{
		"a regular expression that is none",
		"seam: 1\nservices:\n  a: { run: [x], ready: { log: \"up (\" } }\n", false,
		[]string{
			"3:32 services.a.ready.log: this is no regular expression: missing closing ): `up (` | a \\ before each of . + * ? ( ) [ ] { } that is meant as such",
		},
	},
	{
		"a URL without scheme",
		"seam: 1\nservices:\n  a: { url: localhost:80 }\n", true,
		[]string{
			"3:13 services.a.url: `localhost:80` does not begin with http:// or https:// | http://localhost:80",
		},
	},
	{
		"a URL of another scheme",
		"seam: 1\nservices:\n  a: { url: ftp://h }\n", true,
		[]string{
			"3:13 services.a.url: `ftp://h` does not begin with http:// or https:// | url: http://127.0.0.1:8080",
		},
	},
	{
		"a URL with a password",
		"seam: 1\nservices:\n  a: { url: \"http://u:secret@h\" }\n", false,
		[]string{
			"3:13 services.a.url: a URL here holds no user and no password | take them out, and hand them over as a header or through the environment",
		},
	},
	{
		"a base URL with a query",
		"seam: 1\nservices:\n  a: { url: \"http://h/x?y=1\" }\n", false,
		[]string{
			"3:13 services.a.url: a base URL has no query and no fragment | http://h/x",
		},
	},
	{
		"a port that no URL can have",
		"seam: 1\nservices:\n  a: { url: \"http://h:99999\" }\n", false,
		[]string{
			"3:13 services.a.url: there is no port `99999` | a port from 1 to 65535",
		},
	},
	{
		"a rate that is none",
		"seam: 1\nservices: { a: { run: [x] } }\nload: { rate: 5/day, for: 1s, request: { path: / } }\n", true,
		[]string{
			"3:15 load.rate: `5/day` is no rate | 200/s, or 12000/m",
		},
	},
	{
		"a rate of nothing",
		"seam: 1\nservices: { a: { run: [x] } }\nload: { rate: 0, for: 1s, request: { path: / } }\n", true,
		[]string{
			"3:15 load.rate: `0` is out of bounds: a rate is more than 0 and at most 1000000000 per second | 200/s, or 12000/m",
		},
	},
	{
		"rate and connections",
		"seam: 1\nservices: { a: { run: [x] } }\nload: { rate: 1/s, connections: 2, for: 1s, request: { path: / } }\n", true,
		[]string{
			"3:33 load: rate and connections exclude one another | keep one of them",
		},
	},
	{
		"a load without end and request",
		"seam: 1\nservices: { a: { run: [x] } }\nload: { rate: 1/s }\n", true,
		[]string{
			"3:7 load: one of request, requests, call, flows, pacts must be here | request: { path: / }",
			"3:7 load.for: the key `for` is missing | for: 30s",
		},
	},
	{
		"a share without its percent sign",
		"seam: 1\nservices: { a: { stub: { pacts: x.json } } }\ncoverage: { calls: 90 }\n", true,
		[]string{
			"3:20 coverage.calls: `90` is out of bounds: a share is 0% to 100% | 90%, or 0.9",
		},
	},
	{
		"more than all",
		"seam: 1\nservices: { a: { stub: { pacts: x.json } } }\ncoverage: { calls: 101% }\n", false,
		[]string{
			"3:20 coverage.calls: `101%` is out of bounds: a share is 0% to 100% | 90%, or 0.9",
		},
	},
	{
		"not a number",
		"seam: 1\nservices: { a: { stub: { pacts: x.json } } }\ncoverage: { calls: nan% }\n", true,
		[]string{
			"3:20 coverage.calls: `nan%` is no share | 90%, or 0.9",
		},
	},
	{
		"coverage of no contracts",
		"seam: 1\nservices: { a: { run: [x] } }\ncoverage: { calls: 90% }\n", false,
		[]string{
			"3:11 coverage: without contracts nothing can be covered | contracts: [{ pacts: pacts/*.json }], or leave coverage out",
		},
	},
	{
		"a word that is not known",
		"seam: 1\nservices: { a: { run: [x] } }\npublish: { otlp: \"http://h\", protocol: grcp }\n", true,
		[]string{
			"3:40 publish.protocol: `grcp` is not known here; did you mean `grpc`? | one of http/protobuf, grpc",
		},
	},
	{
		"a method with a blank",
		"seam: 1\nservices: { a: { run: [x] } }\ndrive: { request: { path: /, method: GET IT } }\n", true,
		[]string{
			"3:38 drive.request.method: `GET IT` is no method | GET, POST, PUT, PATCH, DELETE or another word",
		},
	},
	{
		"a path with a blank",
		"seam: 1\nservices: { a: { run: [x] } }\ndrive: { request: { path: /a b } }\n", true,
		[]string{
			"3:27 drive.request.path: a path holds no blanks and no control characters | write a blank as %20",
		},
	},
	{
		"a header with a line break",
		"seam: 1\nservices: { a: { run: [x] } }\ndrive: { request: { path: /, headers: { A: \"x\\r\\nB: y\" } } }\n", false,
		[]string{
			"3:44 drive.request.headers.A: a header's value is one line | leave the line breaks out",
		},
	},
	{
		"a header that is none",
		"seam: 1\nservices: { a: { run: [x] } }\ndrive: { request: { path: /, headers: { \"a b\": x } } }\n", true,
		[]string{
			"3:41 drive.request.headers.a b: `a b` cannot name a header | letters, digits and dashes, such as X-Tenant",
		},
	},
	{
		"a header twice",
		"seam: 1\nservices: { a: { run: [x] } }\ndrive: { request: { path: /, headers: { Accept: x, accept: y } } }\n", false,
		[]string{
			"3:52 drive.request.headers.accept: `accept` is here in another case already | keep one of the two",
		},
	},
	{
		"a step that is neither",
		"seam: 1\nservices: { a: { run: [x] } }\ndrive: [{ name: x }]\n", true,
		[]string{
			"3:9 drive[0]: one of request, run must be here | request: { path: / }, or run: [npm, test]",
		},
	},
	{
		"an expectation of nothing",
		"seam: 1\nservices: { a: { run: [x] } }\nexpect: [{ that: [] }, { trace: GET / }, { that: \" \" }]\n", true,
		[]string{
			"3:18 expect[0].that: this list is empty | that: errors == 0",
			"3:24 expect[1].that: the key `that` is missing | that: errors == 0",
			"3:50 expect[2].that: this is empty | that: errors == 0",
		},
	},
	{
		"a pattern of files that is none",
		"seam: 1\nservices: { a: { run: [x] } }\ncontracts: { pacts: \"x[\" }\n", false,
		[]string{
			"3:21 contracts.pacts: `x[` is no pattern of file names | close the [, or write it \\[",
		},
	},
	{
		"teardown without states",
		"seam: 1\nservices: { a: { run: [x] } }\ncontracts: { pacts: x.json, teardown: true }\n", false,
		[]string{
			"3:39 contracts.teardown: without states there is nothing to tear down | states: /_pact/states, or leave teardown out",
		},
	},
	{
		"states that lead nowhere",
		"seam: 1\nservices: { a: { run: [x] } }\ncontracts: { pacts: x.json, states: states }\n", true,
		[]string{
			"3:37 contracts.states: `states` is neither a path of the provider nor a URL | states: /_pact/states",
		},
	},
	{
		"a template of parts that are none",
		"seam: 1\nservices:\n  a: { run: [x], calls: [{ service: b, value: \"{hots}\" }] }\n  b: { run: [x] }\n", false,
		[]string{
			"3:47 services.a.calls[0].value: `{hots}` stands for nothing here; did you mean `{host}`? | one of {url}, {host}, {port}, {addr}",
		},
	},
	{
		"a character that no program can take",
		"seam: 1\nservices:\n  a: { run: [\"x\\0\"] }\n", false,
		[]string{
			"3:14 services.a.run[0]: a text cannot hold the character NUL | leave it out",
		},
	},
}
