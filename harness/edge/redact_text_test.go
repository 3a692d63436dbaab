package edge

import "testing"

func TestRedactText(t *testing.T) {
	for _, c := range []struct{ reason, text, want string }{
		{"nothing secret", `Expected '7' (Integer) to be a string`, `Expected '7' (Integer) to be a string`},
		{"a member of a quoted object", `Expected {"id":1,"access_token":"abc"} to be a list`, `Expected {"id":1,"access_token":"REDACTED"} to be a list`},
		{"a parameter of a quoted URL", `but was 'http://x/?api_key=abc&b=1'`, `but was 'http://x/?api_key=REDACTED&b=1'`},
		{"a password in a URL", `but was 'http://joe:pw@x/'`, `but was 'http://REDACTED@x/'`},
	} {
		if got := RedactText(c.text); got != c.want {
			t.Errorf("%s: got %s, want %s", c.reason, got, c.want)
		}
	}
	said := "GET /x?token=abc HTTP/1.1\n{\"password\": \"abc\"}\npanic: no such book"
	if got, want := RedactOutput(said), "GET /x?token=REDACTED HTTP/1.1\n{\"password\": \"REDACTED\"}\npanic: no such book"; got != want {
		t.Errorf("lines of a program: got %s, want %s", got, want)
	}
	for said, want := range map[string]string{
		`level=error password="hunter2" n=1`: `level=error password="REDACTED" n=1`,
		`token='a b' next='c'`:               `token='REDACTED' next='c'`,
		`password=<x> y`:                     `password=<REDACTED> y`,
		`{password:"a\"b"}`:                  `{password:"REDACTED"}`,
		"token='cut\nnext":                   "token='REDACTED\nnext",
		`password="" name="x"`:               `password="" name="x"`,
	} {
		if got := RedactOutput(said); got != want {
			t.Errorf("a quoted secret: got %s, want %s", got, want)
		}
	}
	if !SecretField("Set-Cookie") || !SecretField("X-Api-Key") || SecretField("Accept") {
		t.Error("headers that hold credentials are told from others by name")
	}
	if !SecretMember("accessToken") || SecretMember("code") {
		t.Error("members that hold secrets are told from others by name")
	}
}
