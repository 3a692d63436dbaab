package match_test

import "testing"

// TestXMLDocuments holds what is a document at all to what the reference
// takes and refuses.
func TestXMLDocuments(t *testing.T) {
	const misplaced = "Failed to parse the actual body: 'a declaration <?xml ...?> that is malformed or not at the very beginning'"
	for _, c := range []struct {
		reason, got, message string
	}{
		{"no declaration", `<a>1</a>`, ""},
		{"a declaration", `<?xml version='1.0' encoding="UTF-8" standalone='yes' ?>` + "\n<a>1</a>", ""},
		{"version 1.1", `<?xml version="1.1"?><a>1</a>`, ""},
		{"an encoding that it is not in", `<?xml version="1.0" encoding="utf-16"?><a>1</a>`, ""},
		{"another one", `<?xml version="1.0" encoding="ISO-8859-1"?><a>1</a>`, ""},
		{"instructions", `<?xml version="1.0"?><?xml-stylesheet href="x"?><a>1</a><?x?>`, ""},
		{"bytes of another encoding", `<?xml version="1.0" encoding="ISO-8859-1"?>` + "<a>\xfc</a>", "Failed to parse the actual body: 'XML syntax error on line 1: invalid UTF-8'"},
		{"space before the declaration", ` <?xml version="1.0"?><a>1</a>`, misplaced},
		{"a declaration at the end", `<a>1</a><?xml version="1.0"?>`, misplaced},
		{"no version", `<?xml encoding="UTF-8"?><a>1</a>`, misplaced},
		{"version 2", `<?xml version="2.0"?><a>1</a>`, "Failed to parse the actual body: 'xml: unsupported version \"2.0\"; only version 1.0 is supported'"},
		{"a declaration in capitals", `<?XML version="1.0"?><a>1</a>`, misplaced},
		{"an attribute twice", `<a x="1" y="1" x="1">1</a>`, "Failed to parse the actual body: 'the attribute x twice in one element'"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			var want []string
			if c.message != "" {
				want = []string{c.message}
			}
			seen{method: "POST", headers: []string{"Content-Type: application/xml"}, body: c.got}.compare(t,
				`{"method": "POST", "headers": {"Content-Type": "application/xml"}, "body": "<a>1</a>"}`, want)
		})
	}
}
