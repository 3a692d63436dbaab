package system

// yamlFaults are files that are not what YAML, or a variable, should be.
var yamlFaults = []faultRow{
	{
		"a tab",
		"seam: 1\nservices:\n\ta: { run: [x] }\n", false,
		[]string{
			"3:1 : a tab indents this line, and YAML takes only spaces | two spaces in place of each tab",
		},
	},
	{
		"a byte order mark and Windows line ends are no fault, and places count on",
		"\ufeffseam: 1\r\nservices:\r\n  a: { run: [x], prot: 1 }\r\n", true,
		[]string{
			"3:18 services.a.prot: there is no key `prot` here; did you mean `port`? | port: 8080",
		},
	},
	{
		"line ends of old",
		"seam: 1\rservices:\r  a: { run: [x], prot: 1 }\r", true,
		[]string{
			"3:18 services.a.prot: there is no key `prot` here; did you mean `port`? | port: 8080",
		},
	},
	{
		"columns are characters",
		"seam: 1\nservices: { a: { run: [日本語], prot: 1 } }\n", true,
		[]string{
			"2:30 services.a.prot: there is no key `prot` here; did you mean `port`? | port: 8080",
		},
	},
	{
		"not UTF-8",
		"seam: 1\nname: caf\xe9\n", false,
		[]string{
			"2:10 : this is not UTF-8 | save the file as UTF-8",
		},
	},
	{
		"UTF-16",
		"\xff\xfes\x00", false,
		[]string{
			"1:1 : this is not UTF-8 | save the file as UTF-8",
		},
	},
	{
		"an empty file",
		"", false,
		[]string{
			"0:0 : the file is empty | write one with: seam init",
		},
	},
	{
		"only comments",
		"# seam: 1\n", false,
		[]string{
			"0:0 : the file is empty | write one with: seam init",
		},
	},
	{
		"nothing",
		"~\n", false,
		[]string{
			"1:1 : this must be a mapping of keys to values, but is nothing | seam: 1, and below it services: { web: { run: [./web] } }",
		},
	},
	{
		"a list",
		"- seam: 1\n", false,
		[]string{
			"1:1 : this must be a mapping of keys to values, but is a list | seam: 1, and below it services: { web: { run: [./web] } }",
		},
	},
	{
		"two documents",
		"seam: 1\nservices: { a: { run: [x] } }\n---\nseam: 1\n", false,
		[]string{
			"4:1 : a second document starts here, and a system is one | remove the line --- and what follows it",
		},
	},
	{
		"a key twice",
		"seam: 1\nseam: 1\nservices: { a: { run: [x] }, a: { run: [y] } }\n", false,
		[]string{
			"2:1 seam: `seam` is already in line 1 | keep one of the two",
			"3:30 services.a: `a` is already in line 3 | keep one of the two",
		},
	},
	{
		"a bracket that is not closed",
		"seam: 1\nservices: { a: { run: [x }\n", false,
		[]string{
			"2:26 : a [ or { that is open here is not closed | close it, or quote what is meant as text",
		},
	},
	{
		"a quote that is not closed",
		"seam: 1\nname: \"x\nservices: {}\n", false,
		[]string{
			"2:7 : the quote that opens here is not closed | close it, or leave it out",
		},
	},
	{
		"indentation that fits nothing",
		"seam: 1\nservices:\n  a: { run: [x] }\n b: 1\n", false,
		[]string{
			"4:2 : this is not indented like what stands above it | as many spaces as the line that it belongs beside",
		},
	},
	{
		"a character that begins no text",
		"seam: 1\nname: @x\n", false,
		[]string{
			"2:7 : a text cannot begin with this character | quote the value",
		},
	},
	{
		"a variable in braces without quotes",
		"seam: 1\nservices: { a: { run: [${X}] } }\n", false,
		[]string{
			`2:25 : ',' or ']' must be specified | quote what holds a variable: "${NAME}"`,
		},
	},
	{
		"an alias within its own anchor",
		"seam: 1\nservices: &a { x: *a }\n", false,
		[]string{
			"2:19 services.x: no anchor &a is complete before this alias | &a at an earlier value, or quotes round a * that is meant as text",
		},
	},
	{
		"an alias of nothing",
		"seam: 1\nservices: { a: &run { run: [x] }, b: *rnu }\n", false,
		[]string{
			"2:38 services.b: no anchor &rnu is complete before this alias; did you mean `*run`? | *run",
		},
	},
	{
		"a tag",
		"seam: 1\nservices: { a: !custom { run: [x] } }\n", false,
		[]string{
			"2:16 services.a: the tag `!custom` is not understood | leave the tag out; quote what is meant as text",
		},
	},
	{
		"a merge of no mapping",
		"seam: 1\nservices: { a: { <<: 5, run: [x] } }\n", false,
		[]string{
			"2:22 services.a.<<: << merges mappings, and this is none | <<: *anchor, where the anchor stands at a mapping",
		},
	},
	{
		"a key that is a list",
		"seam: 1\n? [a]\n: 1\n", false,
		[]string{
			"3:1 : found an invalid key for this map | look for brackets, quotes and indentation around here",
		},
	},
	{
		"a missing variable names itself at its place",
		"seam: 1\nservices:\n  a: { run: [x], env: { A: \"b ${NOPE} c\" } }\n", false,
		[]string{
			"3:31 services.a.env.A: `NOPE` is not set in the environment | export NOPE=..., or give a default: ${NOPE:-...}",
		},
	},
	{
		"a variable that only a service finds",
		"seam: 1\nservices:\n  a: { run: [x, \"${PORT}\"] }\n", false,
		[]string{
			"3:18 services.a.run[1]: `PORT` is not set in seam's environment | a service finds PORT in its own environment once it runs; a command takes it so: [sh, -c, 'exec ./program $PORT']",
		},
	},
	{
		"slips with variables",
		"seam: 1\nservices:\n  a: { run: [x], env: { A: \"${\", B: \"${1}\", C: \"${SET:-${D}}\" } }\n", false,
		[]string{
			"3:29 services.a.env.A: ${ has no } | ${NAME}; $${ for a plain ${",
			"3:38 services.a.env.B: `${1}` does not name a variable | ${NAME} or ${NAME:-default}; $${ for a plain ${",
			"3:49 services.a.env.C: a default cannot hold a variable | ${SET} alone, with the variable set by whoever calls seam",
		},
	},
	{
		"a variable that holds no number",
		"seam: 1\nservices:\n  a: { run: [x], port: \"${SET}\", instrumented: \"${SET}\" }\n", false,
		[]string{
			"3:24 services.a.port: this must be a whole number from 1 to 65535, but is `five` | port: 8080",
			"3:48 services.a.instrumented: `five` is neither true nor false | instrumented: true",
		},
	},
	{
		"a variable's value is never read as YAML",
		"seam: 1\nservices:\n  a: { run: \"${LIST}\", calls: \"${LIST}\" }\n", false,
		[]string{
			"3:13 services.a.run: a command is a list of the program and its arguments, but this is text | run: [./web]",
			"3:31 services.a.calls: there is no service `[a, b]` | one of a, or add it to services",
		},
	},
}
