package edge

import (
	"strings"
	"testing"
)

// Secrets that are known by their looks; none opens anything.
const (
	jwt    = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXM"
	awsKey = "AKIAIOSFODNN7EXAMPLE"
	pem    = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAxyz\nabcd/+==\n-----END RSA PRIVATE KEY-----"
)

func TestSecretsOfLines(t *testing.T) {
	for _, c := range []struct{ reason, text, want string }{
		{"quotes after a colon", `password: "x y" next`, `password: "REDACTED" next`},
		{"a word after a colon", `password: hunter2, user: joe`, `password: REDACTED, user: joe`},
		{"blanks round the sign", `password = "x y" a = 1`, `password = "REDACTED" a = 1`},
		{"an escaped string", `"{\"password\":\"x\"}"`, `"{\"password\":\"REDACTED\"}"`},
		{"with escapes within", `{"msg":"{\"password\":\"x\\\"y z\",\"a\":1}"}`, `{"msg":"{\"password\":\"REDACTED\",\"a\":1}"}`},
		{"an escaped number", `msg="{\"cvv\":123,\"a\":1}"`, `msg="{\"cvv\":\"REDACTED\",\"a\":1}"`},
		{"an escaped object", `msg="{\"token\":{\"a\":\"s\"},\"b\":1}"`, `msg="{\"token\":{REDACTED},\"b\":1}"`},
		{"after an odd quote", `5" wide {"password":"x y","a":1}`, `5" wide {"password":"REDACTED","a":1}`},
		{"a list goes on", `GET /login?token=s, GET /light`, `GET /login?token=REDACTED, GET /light`},
		{"a sentence ends", `no user for password=s.`, `no user for password=REDACTED.`},
		{"a value with slashes", `password=a/b+c== user=joe`, `password=REDACTED user=joe`},
		{"names follow", `password=s,user=joe;token=t`, `password=REDACTED,user=joe;token=REDACTED`},
		{"a form", `body: user=joe&password=s&n=1`, `body: user=joe&password=REDACTED&n=1`},
		{"a URL", `dial postgres://joe:s@db/x: refused`, `dial postgres://REDACTED@db/x: refused`},
		{"a login without a scheme", "dial joe:s@tcp(db:3306)/x, `joe:s@h`.", "dial REDACTED@tcp(db:3306)/x, `REDACTED@h`."},
		{"flags", "run --password s --api-key 's t' --user joe", "run --password REDACTED --api-key 'REDACTED' --user joe"},
		{"a line of access", `"GET /x?api_key=s&y=1 HTTP/1.1" 200 "http://u:s@h/"`, `"GET /x?api_key=REDACTED&y=1 HTTP/1.1" 200 "http://REDACTED@h/"`},
		{"headers as JSON", `{"cookie":["a=s; b=t"],"n":1}`, `{"cookie":["REDACTED"],"n":1}`},
		{"a header", "Authorization: Bearer s\nHost: h", "Authorization: REDACTED\nHost: h"},
		{"more on its line", "Authorization: Bearer s status=200", "Authorization: REDACTED status=200"},
		{"a digest", `authorization: Digest username="joe", response="s"`, `authorization: REDACTED`},
		{"one word", "Authorization: s3.t", "Authorization: REDACTED"},
		{"on a command line", `curl -H 'Authorization: Bearer s' -H "Cookie: a=s; b=t" http://h/`, `curl -H 'Authorization: REDACTED' -H "Cookie: REDACTED" http://h/`},
		{"cookies", "Cookie: a=s; c=t\nHost: h", "Cookie: REDACTED\nHost: h"},
		{"a cookie that is set", "< Set-Cookie: a=s; Path=/", "< Set-Cookie: REDACTED"},
		{"lines in a string", `"GET / HTTP/1.1\r\nCookie: a=s; b=t\r\nHost: h"`, `"GET / HTTP/1.1\r\nCookie: REDACTED\r\nHost: h"`},
		{"a dump of Go", "map[Accept:[*/*] Authorization:[Bearer s] Cookie:[a=s; b=t]]", "map[Accept:[*/*] Authorization:[REDACTED] Cookie:[REDACTED]]"},
		{"a struct of Go", `{User:joe Password:s N:1}`, `{User:joe Password:REDACTED N:1}`},
		{"a dictionary", `{'user': 'joe', 'password': 's t'}`, `{'user': 'joe', 'password': 'REDACTED'}`},
		{"a hash", `{"password"=>"s t"}`, `{"password"=>"REDACTED"}`},
		{"a key of AWS", "key " + awsKey + " is used", "key REDACTED is used"},
		{"a JWT", "token " + jwt + ".", "token REDACTED."},
		{"a JWT in a path", "/verify/" + jwt + "/x", "/verify/REDACTED/x"},
		{"Bearer alone", "sent Bearer 0123abcdef", "sent Bearer REDACTED"},
		{"Basic alone", "sent Basic am9lOnBhc3M=", "sent Basic REDACTED"},
		{"a private key", "a\n" + pem + "\nb", "a\n-----BEGIN RSA PRIVATE KEY-----REDACTED-----END RSA PRIVATE KEY-----\nb"},
		{"a private key in a string", `"` + strings.ReplaceAll(pem, "\n", `\n`) + `"`, `"-----BEGIN RSA PRIVATE KEY-----REDACTED-----END RSA PRIVATE KEY-----"`},
		{"one that was cut", pem[:60], "-----BEGIN RSA PRIVATE KEY-----REDACTED"},
		{"one whose beginning was cut", "done\n" + strings.Repeat("MIIEpAIB", 8) + "\nabcd==\n-----END PRIVATE KEY-----\nb", "done\nREDACTED-----END PRIVATE KEY-----\nb"},
		{"a card", "paid with 4242 4242 4242 4242.", "paid with REDACTED."},
		{"a list of words", `["psql","--password","s t","--user","joe"]`, `["psql","--password","REDACTED","--user","joe"]`},
		{"with blanks", `run: [ "--api-key", "s", 'x' ]`, `run: [ "--api-key", "REDACTED", 'x' ]`},
		{"without quotes", `run: [curl, --password, s/t, --user, joe, --token, t]`, `run: [curl, --password, REDACTED, --user, joe, --token, REDACTED]`},
		{"in single quotes", `['--password', 's t']`, `['--password', 'REDACTED']`},
		{"in a string of JSON", `{"msg":"ran [\"--password\",\"s t\"]"}`, `{"msg":"ran [\"--password\",\"REDACTED\"]"}`},
		{"for a shell", `ran '--password' 's t' '--user' 'joe'`, `ran '--password' 'REDACTED' '--user' 'joe'`},
		{"a field for a password", `<input type="password" name=pw value="s t">`, `<input type="password" name=pw value="REDACTED">`},
		{"its value first", `<INPUT VALUE='s t' disabled TYPE='password'/>`, `<INPUT VALUE='REDACTED' disabled TYPE='password'/>`},
		{"without quotes, and cut", `<p><input type=password value=st`, `<p><input type=password value=REDACTED`},
		{"a field by its name", `<input type="hidden" name="csrf_token" value="st"> a`, `<input type="hidden" name="csrf_token" value="REDACTED"> a`},
		{"a token of GitHub", "push with ghp_0123456789abcdefghijABCDEFGHIJ012345 failed", "push with REDACTED failed"},
		{"one of GitLab", "glpat-0123456789abcdefghij.", "REDACTED."},
		{"one of Slack", "'xoxb-123456789012-abcdefghijk'", "'REDACTED'"},
		{"a key of Stripe", "key sk_live_0123456789abcdef", "key REDACTED"},
		{"an element", `<a><password>s t</password></a>`, `<a><password>REDACTED</password></a>`},
	} {
		got := RedactOutput(c.text)
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.reason, got, c.want)
		}
		if again := RedactOutput(got); again != got {
			t.Errorf("%s: %s becomes %s", c.reason, got, again)
		}
	}
}

func TestWhatIsNoSecretOfLinesStays(t *testing.T) {
	for _, text := range []string{
		"level=info code=200 key=orders path=/x n=1",
		`--header "Authorization has no colon": write it as "Name: value"`,
		"mailto:joe@x.org", "image repo:5000/a:tag@sha256:0123abcd", "git@host:org/repo", "npm:left-pad@1.3.0", "at 12:30@office", "pkg:npm/foo@1.0",
		`the "password": must be longer`, `--header "Authorization": write it so`,
		"tokens=150 cost=0.1", "max_tokens: 4096", `{"prompt_tokens":12}`, "secretName: my-secret", "signature_version=4", "db?authSource=admin", "const token = getToken();", "fe80::1@eth0",
		"seam --password", "run --token --user joe", "a -- b",
		"exit code: 1", "error code: 42P01",
		"syntax error: unexpected token: foo", "unexpected token } in JSON at position 3", "invalid token: }",
		"dial tcp: lookup auth: no such host", "dial tcp token-service:8080: refused", "http://token-service:8080/x",
		"SELECT * FROM t WHERE token = ? AND password = $1 AND u.token = t.token",
		"password: required", "password is wrong", "secret: not found", "password: ${DB_PASSWORD}", "password=", `password=""`, "password: nil", `{"password":null}`,
		`{"token_type":"Bearer","tokens_count":3}`,
		"Basic authentication is needed", "the Bearer of bad news", `WWW-Authenticate: Bearer realm="x"`, "invalid cookie: too long",
		"trace 4bf92f3577b34da6a3ce929d0e0e4736 took 1732730000000000000 ns", "span 4242424242424242aa", "order 4242424242424243", "1.4242424242424242", "0x4242424242424242",
		"eyJ is how they begin. eyJ.a.b", "AKIA is a prefix, AKIAIOSFODNN7EXAMPLEX no key", "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
		"2026-11-27T18:21:42Z INFO a=b: c", "a@b.c", "map[token:1 session:2]", "tests: pass: 3, fail: 2",
		"keyboard=us", "monkey: george", "tokenizer: bert", "tokenizer=bert", "tokenization: words", "secretary: joan", "passenger: bob", "compass: north", "hockey=ice",
		`["--user","joe","--keyboard","us"]`, `["--token","--user"]`, "--token, --password, and more", `use "--password" or 'a file'`, "[--verbose, --token]",
		`<input type="text" name="user" value="joe">`, `<input type=password>`, `<inputs type=password value=x>`, `<input type="password" value="">`, "a <input", "<input type=password <b value=x>",
		"ghp_short", "a_ghp_0123456789abcdefghijABCDEFGHIJ012345", "sk_live_demo", "xoxb-is-how-they-begin-all", "some-xoxb-123456789012-abcdefghijk",
	} {
		if got := RedactOutput(text); got != text && !strings.Contains(text, `{"password":null}`) {
			t.Errorf("%s becomes %s", text, got)
		}
	}
}

func TestNumbersOfCards(t *testing.T) {
	for _, number := range []string{
		"4242424242424242", "4222222222222", "4000000000000000006", "5555555555554444", "2223003122003222", "2720 9900 0000 0007", "378282246310005", "3782-822463-10005",
		"30569309025904", "3530111333300000", "6011111111111117", "6200000000000005", "6304000000000000", "4242+4242+4242+4242", "4242-4242-4242-4242", "2200 0000 0000 0004",
	} {
		if !isCard(number) {
			t.Errorf("%s is none", number)
		}
	}
	for _, number := range []string{
		testCard, "4242424242424243", "2221000000000000", "2721000000000000", "1732730000000000000", "4242 4242-4242 4242", "4242  4242 4242 4242", " 4242424242424242",
		"42424242424242", "55555555555544440", "37828224631000500", "0000000000000000", "4242.4242.4242.4242", "9780306406157", "4000000000000000007",
	} {
		if isCard(number) {
			t.Errorf("%s is one", number)
		}
	}
}

func TestLinesRememberAKey(t *testing.T) {
	for _, c := range []struct{ reason, text, want string }{
		{"a key", "a\n" + pem + "\nb=c", "a\n-----BEGIN RSA PRIVATE KEY-----\nREDACTED\nREDACTED\n-----END RSA PRIVATE KEY-----\nb=c"},
		{"its end within a line", "-----BEGIN PRIVATE KEY-----\nMIIE\nMIIE-----END PRIVATE KEY----- token=s", "-----BEGIN PRIVATE KEY-----\nREDACTED\nREDACTED-----END PRIVATE KEY----- token=REDACTED"},
		{"headers of old", "-----BEGIN PRIVATE KEY-----\nDEK-Info: AES,s\n\nMIIE\n-----END PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\nREDACTED\nREDACTED\nREDACTED\n-----END PRIVATE KEY-----"},
		{"one that does not end", "-----BEGIN PRIVATE KEY-----\nMIIE\nno more: it broke\nMIIE", "-----BEGIN PRIVATE KEY-----\nREDACTED\nno more: it broke\nMIIE"},
		{"one in a line", strings.ReplaceAll(pem, "\n", `\n`) + "\nMIIE", "-----BEGIN RSA PRIVATE KEY-----REDACTED-----END RSA PRIVATE KEY-----\nMIIE"},
		{"a certificate", "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----"},
	} {
		var lines Lines
		var got []string
		for line := range strings.SplitSeq(c.text, "\n") {
			got = append(got, lines.Redact(line))
		}
		if text := strings.Join(got, "\n"); text != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.reason, text, c.want)
		}
	}
}

// FuzzRedactOutput holds the rules for texts to their word: what they made of a
// text they leave as it is, and no text makes them panic.
func FuzzRedactOutput(f *testing.F) {
	for _, text := range []string{`password: "x y"`, `"{\"password\":\"x\"}"`, "Cookie: a=b; c=d", pem, jwt, awsKey, "4242 4242 4242 4242", "Authorization:[Bearer x]", "<password>x</password>", `a='b''c'`, `["--token","x"]`, "[--token, x]", `<input type=password value="x">`, "ghp_0123456789abcdefghijABCDEFGHIJ012345"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		secret := "hush" + hexOnly(text)[:min(6, 2*len(text))] + "9"
		for _, line := range []string{`password: "` + secret + `"`, "token=" + secret, `{\"api_key\":\"` + secret + `\"}`, "Authorization: Bearer " + secret, "Cookie: a=" + secret, `["--password","` + secret + `"]`, `<input type=password value="` + secret + `">`} {
			if got := RedactOutput(line + "\n" + text); strings.Contains(got, secret) {
				t.Errorf("%q becomes %q", line, got)
			}
		}
		again := RedactText(text)
		if RedactText(text) != again {
			t.Errorf("%q becomes this and that", text)
		}
		if !telling(text) && RedactOutput(text) != text {
			t.Errorf("%q has a secret, but no sign of one", text)
		}
	})
}

// TestRulesForTextsAreLinear gives each rule the text that it would look at
// again and again, were it to look from every place on to the end.
func TestRulesForTextsAreLinear(t *testing.T) {
	seen := 0
	for _, piece := range []string{
		"a=", "token:", "cookie: ", "password=${", "password=<", `password="`, `"password":[`, "Authorization: Digest ", `\"a\":`, "-eyJ", ".eyJ", "//", "//a@", "-----", keyBegin, "-----END PRIVATE KEY-----", "Bearer 1", "4242 ", "%25", "a,", `"[`, "<token>", "eyJ", `\`, `'`, "&a", ";", " --", " --token", "<a ", "tokens=1",
		`<input a="`, "-xoxb-", `"--token","`, "[--token, ",
	} {
		for _, text := range []string{strings.Repeat(piece, 1<<18/len(piece)), "password=" + strings.Repeat(piece, 1<<18/len(piece))} {
			seen += len(RedactOutput(text)) + len(RedactText(text)) + len(redactText(text)) + len(redactMembers(text))
		}
	}
	if seen == 0 {
		t.Error("nothing is left of any")
	}
}
