package edge

import "strings"

// redactAssigned replaces the values that a text gives to secret names, however
// it writes that: name=value, name: "value", \"name\":\"value\" in a string of
// JSON, Name:[value], <name>value</name>, and lines of headers.
func redactAssigned(text string) string {
	var b strings.Builder
	done := 0
	for i := 0; ; i++ {
		n := strings.IndexAny(text[i:], ":=>")
		if n < 0 {
			break
		}
		i += n
		from, to := assignedAt(text, done, i)
		if from < to {
			b.WriteString(text[done:from])
			b.WriteString(Redacted)
			done = to
			i = to - 1
		}
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// An assignment is a name and where its value may begin.
type assignment struct {
	text   string
	name   string
	sign   byte // ':' or '='
	before int  // where the name and its quotes begin
	quoted bool // the name is
	from   int  // where the value begins, blanks left out
	blank  bool // blanks stood before it
}

// assignedAt is where the secret value stands that the sign at i assigns;
// nothing that ends before done is looked at.
func assignedAt(text string, done, i int) (from, to int) {
	if text[i] == '>' {
		return elementAt(text, done, i)
	}
	a := assignment{text: text, sign: text[i]}
	if !a.readName(done, i) {
		return 0, 0
	}
	a.from = i + 1
	if a.from < len(text) && (text[a.from] == '=' || text[a.from] == '>') {
		a.from++
	}
	value := strings.TrimLeft(text[a.from:], " \t")
	a.blank = len(value) < len(text)-a.from
	a.from = len(text) - len(value)
	if value == "" || strings.HasPrefix(value, "//") {
		return 0, 0
	}
	secret := secretIn(a.name, a.sign)
	if secret == public {
		return 0, 0
	}
	if from, to, nested := a.enclosed(); nested {
		return from, to
	}
	switch secret {
	case cookies:
		return a.from, a.endOfCookies()
	case credentials:
		return a.from, a.endOfCredentials()
	}
	to = a.endOfWord(a.from)
	word := text[a.from:to]
	if isPlain(word, secret) || counts(a.name, word) || secret == weak && (a.sign == ':' || a.blank) && isProse(word) {
		return 0, 0
	}
	return a.from, to
}

// readName finds the name before the sign at i, and reports whether it is one:
// parameters of URLs are not read here.
func (a *assignment) readName(done, i int) bool {
	const longest = 128
	head := a.text[done:i]
	end := len(strings.TrimRight(head, " \t"))
	if end == 0 {
		return false
	}
	switch head[end-1] {
	case '"', '\'':
		a.quoted = true
		end = len(strings.TrimRight(head[:end-1], `\`))
	default:
		if a.sign == ':' && end < len(head) {
			return false
		}
	}
	start := end
	for start > 0 && end-start < longest && isName(head[start-1]) {
		start--
	}
	a.name = head[start:end]
	a.before = done + start
	if a.name == "" {
		return false
	}
	return start == 0 || a.quoted || strings.IndexByte("?&/;#%@", head[start-1]) < 0
}

func isName(b byte) bool {
	return isWord(b) || b == '-' || b == '.' || b == '[' || b == ']'
}

// enclosed is where a value stands within quotes or brackets. A container of
// JSON that is not within a string was redacted as JSON.
func (a *assignment) enclosed() (from, to int, is bool) {
	value := a.text[a.from:]
	escapes := len(value) - len(strings.TrimLeft(value, `\`))
	if escapes == len(value) {
		return 0, 0, false
	}
	from = a.from + escapes + 1
	switch open := value[escapes]; open {
	case '"', '\'', '`':
		return from, endOfQuoted(a.text, from, open, escapes), true
	case '<':
		if strings.HasPrefix(value, "<nil>") || escapes > 0 {
			return 0, 0, true
		}
		return from, endOfQuoted(a.text, from, '>', 0), true
	case '[', '{':
		if escapes > 0 || a.quoted && a.before > 0 && a.text[a.before-1] == '"' && (a.before < 2 || a.text[a.before-2] != '\\') {
			return 0, 0, true
		}
		return from, endOfBrackets(a.text, from), true
	}
	return 0, 0, false
}

// endOfQuoted is where the quote is that closes what begins at from and was
// opened after that many backslashes: a quote within the value has more. What
// is not closed ends with its line.
func endOfQuoted(text string, from int, quote byte, escapes int) int {
	slashes := 0
	for i := from; i < len(text); i++ {
		switch text[i] {
		case '\\':
			slashes++
			continue
		case '\n':
			return i
		case quote:
			if quote == '\'' && i > from && i+1 < len(text) && text[i+1] == quote { // doubled, as in SQL and YAML
				i++
			} else if quote == '`' || quote == '>' || slashes%(2*(escapes+1)) == escapes {
				return i - escapes
			}
		}
		slashes = 0
	}
	return len(text)
}

// endOfBrackets is where the brackets close that were opened before from, or
// where the line ends.
func endOfBrackets(text string, from int) int {
	depth := 1
	for i := from; i < len(text); i++ {
		switch text[i] {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i
			}
		case '\n':
			return i
		}
	}
	return len(text)
}

// endOfLine is where a value ends that has its line, or the quotes round name
// and value, for itself.
func (a *assignment) endOfLine() int {
	if a.before > 0 && strings.IndexByte("\"'`", a.text[a.before-1]) >= 0 {
		head := a.text[:a.before-1]
		return endOfQuoted(a.text, a.from, a.text[a.before-1], len(head)-len(strings.TrimRight(head, `\`)))
	}
	for i := a.from; i < len(a.text); i++ {
		switch b := a.text[i]; {
		case b == '\n', b == '\r':
			return i
		case b == '\\' && i+1 < len(a.text) && (a.text[i+1] == 'n' || a.text[i+1] == 'r'): // of a string that holds lines
			return i
		}
	}
	return len(a.text)
}

// endOfCookies is the end of the line, if it holds a cookie at all.
func (a *assignment) endOfCookies() int {
	if !assigns(a.text[a.from:], '=') {
		return a.from
	}
	return a.endOfLine()
}

// endOfCredentials is where the value of Authorization ends: a scheme and its
// token, a scheme and its parameters, or one word.
func (a *assignment) endOfCredentials() int {
	end := a.endOfWord(a.from)
	word := a.text[a.from:end]
	switch strings.ToLower(word) {
	case "bearer", "basic", "token", "negotiate", "ntlm", "apikey", "dpop", "jwt", "key":
		rest := a.text[end:]
		if blanks := len(rest) - len(strings.TrimLeft(rest, " \t")); blanks > 0 && blanks < len(rest) {
			return a.endOfWord(end + blanks)
		}
	case "digest", "hawk", "oauth", "signature", "vapid", "mutual", "aws4-hmac-sha256", "scram-sha-256":
		return a.endOfLine()
	}
	if isPlain(word, strong) || isProse(word) {
		return a.from
	}
	return end
}

// endOfWord is where a value without quotes ends: at a blank or a quote, before
// the marks that end a word, or where the next name is assigned to.
func (a *assignment) endOfWord(from int) int {
	end := from
	for end < len(a.text) && strings.IndexByte(" \t\r\n\"'`<>\\", a.text[end]) < 0 {
		if strings.IndexByte("&,;", a.text[end]) >= 0 && assigns(a.text[end+1:], a.sign) {
			break
		}
		end++
	}
	return from + len(withoutMarks(a.text[from:end]))
}

// withoutMarks cuts the marks off that follow a word in a sentence or a list.
func withoutMarks(word string) string { return strings.TrimRight(word, ",.;:!)]}") }

// assigns reports whether a text begins with a name and that sign.
func assigns(text string, sign byte) bool {
	text = strings.TrimLeft(text, " ")
	n := 0
	for n < len(text) && isName(text[n]) {
		n++
	}
	return n > 0 && n < len(text) && text[n] == sign
}

// elementAt is where the text of an XML element stands whose name is secret
// and whose tag ends at i.
func elementAt(text string, done, i int) (from, to int) {
	const longest = 256
	tag := text[max(done, i-longest):i]
	tag = tag[strings.LastIndexAny(tag, "<>")+1:]
	start := i - len(tag)
	name, _, _ := strings.Cut(tag, " ")
	if start == done || name == "" || text[start-1] != '<' || secretIn(name, ':') == public {
		return 0, 0
	}
	from = i + 1
	n := strings.IndexByte(text[from:], '<')
	if n < 0 || !strings.HasPrefix(text[from+n:], "</") {
		return 0, 0
	}
	return from, from + n
}
