package edge

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRedactTarget(t *testing.T) {
	tests := []struct{ target, want, reason string }{
		{"/orders?page=2&sort=name", "/orders?page=2&sort=name", "nothing to hide"},
		{"/cb?code=x&state=y", "/cb?code=REDACTED&state=y", "an OAuth code"},
		{"/x?a=1&token=t/+=?;s&b=2", "/x?a=1&token=REDACTED&b=2", "whatever a value holds, up to the next &"},
		{"/x?a=1;token=t", "/x?a=1;token=REDACTED", "a semicolon between"},
		{"/x?a=1?token=t", "/x?a=1?token=REDACTED", "a second question mark"},
		{"/x?access_token=t&ACCESS-TOKEN=t&accessToken=t&id_token=t", "/x?access_token=REDACTED&ACCESS-TOKEN=REDACTED&accessToken=REDACTED&id_token=REDACTED", "spellings"},
		{"/x?api_key=k&apikey=k&key=k&x-api-key=k&sub_key=k", "/x?api_key=REDACTED&apikey=REDACTED&key=REDACTED&x-api-key=REDACTED&sub_key=k", "keys"},
		{"/x?password=p&user[passwd]=p&db.pwd=p&pass=p", "/x?password=REDACTED&user[passwd]=REDACTED&db.pwd=REDACTED&pass=REDACTED", "passwords"},
		{"/x?sig=s&X-Amz-Signature=s&X-Amz-Credential=c", "/x?sig=REDACTED&X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED", "signed URLs"},
		{"/x?keyword=a&monkey=b&design=c&passage=d&author=e&country_code=f", "/x?keyword=a&monkey=b&design=c&passage=d&author=e&country_code=f", "names that look alike"},
		{"/x?%74oken=t&%2574oken=t&to%6ben=t", "/x?%74oken=REDACTED&%2574oken=REDACTED&to%6ben=REDACTED", "encoded names"},
		{"/x?token=&a=b", "/x?token=&a=b", "no value"},
		{"/x?token", "/x?token", "no value at all"},
		{"/x;jsessionid=s/y;v=1", "/x;jsessionid=REDACTED/y;v=1", "a parameter of a segment"},
		{"/x#access_token=t", "/x#access_token=REDACTED", "a fragment"},
		{"/x?next=/y?token=t", "/x?next=/y?token=REDACTED", "a URL within"},
		{"/x?next=%2Fy%3Ftoken%3Dt&z=1", "/x?next=REDACTED&z=1", "an encoded URL within"},
		{"/x?next=%252Fy%253Ftoken%253Dt", "/x?next=REDACTED", "encoded twice"},
		{"/x?next=%2Fy%3Fpage%3D1", "/x?next=%2Fy%3Fpage%3D1", "an encoded URL without a secret"},
		{"/x?a%3Db%26token%3Dt", "/x?REDACTED", "an encoded query"},
		{"http://u:p@host/x", "http://REDACTED@host/x", "userinfo"},
		{"/x?u=http://u:p@host/&v=ftp://w@h", "/x?u=http://REDACTED@host/&v=ftp://REDACTED@h", "userinfo within"},
		{"/x?u=http%3A%2F%2Fu%3Ap%40host", "/x?u=REDACTED", "encoded userinfo"},
		{"/proxy/http%3A%2F%2Fu%3Ap%40host/y", "/proxy/REDACTED/y", "encoded userinfo in the path"},
		{"//u:p@host/x", "//REDACTED@host/x", "what may be an authority"},
		{"/x?t=" + jwt + "&a=" + awsKey, "/x?t=REDACTED&a=REDACTED", "what is secret by its looks"},
		{"/x?f=%7B%22token%22%3A%22s%22%7D&g=%7B%22a%22%3A%22s%22%7D", "/x?f=REDACTED&g=%7B%22a%22%3A%22s%22%7D", "encoded JSON"},
		{"/x?card=4242%204242%204242%204242&n=4242+4242+4242+4242", "/x?card=REDACTED&n=REDACTED", "cards in groups"},
		{"/x?token_type=bearer&token_count=3", "/x?token_type=bearer&token_count=3", "what tells about a secret"},
		{"/users/a@b.c", "/users/a@b.c", "an address is none"},
		{"/x?q=100%&r=%zz", "/x?q=100%&r=%zz", "broken encoding"},
		{"", "", "nothing"},
	}
	for _, test := range tests {
		got := RedactTarget(test.target)
		if got != test.want {
			t.Errorf("RedactTarget(%q) = %q, want %q (%s)", test.target, got, test.want, test.reason)
		}
		if again := RedactTarget(got); again != got {
			t.Errorf("RedactTarget(%q) = %q, want no change (%s)", got, again, test.reason)
		}
	}
}

func TestRedactHeader(t *testing.T) {
	in := http.Header{
		"Authorization": {"Bearer s"}, "Cookie": {"a=s", "b=s"}, "Set-Cookie": {"a=s; Path=/"}, "Proxy-Authorization": {"s"},
		"X-Api-Key": {"s"}, "Api-Key": {"s"}, "Apikey": {"s"}, "X-Auth-Token": {"s"}, "X-Amz-Security-Token": {"s"},
		"X-Goog-Api-Key": {"s"}, "Ocp-Apim-Subscription-Key": {"s"}, "X-Csrf-Token": {"s"}, "X-Hub-Signature-256": {"s"},
		"X-Vault-Token": {"s"}, "X-Session-Id": {"s"}, "Dpop": {"s"}, "authorization": {"s"},
		"Location": {"/cb?code=s&x=1"}, "Referer": {"http://u:s@h/"}, "Link": {`<http://h/?sig=s>; rel="next"`},
		"Idempotency-Key": {"i"}, "Content-Type": {"text/plain; charset=utf-8"}, "X-Keyword": {"k"}, "Etag": {`"x"`}, "Empty": nil,
		"Baggage": {"user=joe, token=s;p=1,api_key=s", "tenant=a%20b"}, "Tracestate": {"dd=s:2;o:rum,auth=s"}, "X-Jwt-In": {jwt},
	}
	want := http.Header{
		"Location": {"/cb?code=REDACTED&x=1"}, "Referer": {"http://REDACTED@h/"}, "Link": {"<http://h/?sig=REDACTED"},
		"Idempotency-Key": {"i"}, "Content-Type": {"text/plain; charset=utf-8"}, "X-Keyword": {"k"}, "Etag": {`"x"`}, "Empty": {},
		"Cookie": {Redacted, Redacted}, "X-Jwt-In": {Redacted},
		"Baggage": {"user=joe, token=REDACTED;p=1,api_key=REDACTED", "tenant=a%20b"}, "Tracestate": {"dd=s:2;o:rum,auth=REDACTED"},
	}
	for name := range in {
		if _, kept := want[name]; !kept {
			want[name] = []string{Redacted}
		}
	}
	before := in.Clone()
	if diff := cmp.Diff(want, redactHeader(in)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, in); diff != "" {
		t.Errorf("the original changed (-want +got):\n%s", diff)
	}
	if redactHeader(nil) != nil {
		t.Error("redactHeader(nil) is not nil")
	}
}

func TestRedactBody(t *testing.T) {
	tests := []struct{ media, body, want, reason string }{
		{"application/x-www-form-urlencoded", "user=a&password=s&b=c", "user=a&password=REDACTED&b=c", "a form"},
		{"application/json", `{"user": "a", "password" : "s", "n": 1}`, `{"user": "a", "password" : "REDACTED", "n": 1}`, "a member"},
		{"application/json; charset=utf-8", `{"a":{"apiKey":17,"b":[true]}}`, `{"a":{"apiKey":"REDACTED","b":[true]}}`, "a number, within"},
		{"application/problem+json", `{"token":{"v":["s",{"w":"s"}],"x":null},"a":"b"}`, `{"token":{"v":["REDACTED",{"w":"REDACTED"}],"x":"REDACTED"},"a":"b"}`, "all of a container"},
		{"application/json", `{"client_secret":"s\"s\\","code":"SKU-1","key":"k"}`, `{"client_secret":"REDACTED","code":"SKU-1","key":"k"}`, "escapes; words too common to count"},
		{"application/json", `{"token":"s`, `{"token":"REDACTED"`, "cut off"},
		{"application/json", `{"card":"4242424242424242","pan":["3782 8224 6310 005","4000-0000-0000-0002"],"cvc":123}`, `{"card":"REDACTED","pan":["REDACTED","REDACTED"],"cvc":"REDACTED"}`, "numbers of cards"},
		{"application/json", `{"a":"4242424242424243","b":"1242424242424246","c":"4242  4242 4242 4242","d":"42424242","e":4242424242424242}`, `{"a":"4242424242424243","b":"1242424242424246","c":"4242  4242 4242 4242","d":"42424242","e":4242424242424242}`, "other digits stay"},
		{"application/x-www-form-urlencoded", "card=4242424242424242&n=4242424242424243", "card=REDACTED&n=4242424242424243", "the number of a card in a form"},
		{"application/json", `{"next":"/p?token=s&a=b","self":"http:\/\/u:s@h"}`, `{"next":"/p?token=REDACTED&a=b","self":"http://REDACTED@h"}`, "parameters and passwords of URLs"},
		{"application/json", `{"a":"\u0074oken=s","b":"%74oken%3Ds\"x","c":"a=\u00e9"}`, `{"a":"token=REDACTED","b":"REDACTED\"x","c":"a=\u00e9"}`, "escapes within a string"},
		{"application/json", `{"next":"/p?token=s`, `{"next":"/p?token=REDACTED`, "a string that was cut off"},
		{"application/json", `["token","s"]`, `["token","s"]`, "a value is no name"},
		{"application/json", `}}]"token":"s"`, `}}]"token":"REDACTED"`, "no JSON"},
		{"application/json", `{"\u0070assword":"s","a":"{\"token\":\"s\",\"n\":[\"b\"]}"}`, `{"\u0070assword":"REDACTED","a":"{\"token\":\"REDACTED\",\"n\":[\"b\"]}"}`, "an escaped name, and JSON within a string"},
		{"application/json", `{"usage":{"prompt_tokens":12},"tokens":["s",7]}`, `{"usage":{"prompt_tokens":12},"tokens":["REDACTED","REDACTED"]}`, "counts of tokens stay"},
		{"application/json", `{"headers":{"cookie":["a=s; b=t"],"Set-Cookie":"s"}}`, `{"headers":{"cookie":["REDACTED"],"Set-Cookie":"REDACTED"}}`, "headers within"},
		{"application/xml", `<x:Password a="b">s</x:Password><c>d</c>`, `<x:Password a="b">REDACTED</x:Password><c>d</c>`, "an element with attributes"},
		{"application/json", `{"token_type":"Bearer","expires_in":60,"token_endpoint":"/t"}`, `{"token_type":"Bearer","expires_in":60,"token_endpoint":"/t"}`, "what tells about a secret stays"},
		{"application/x-www-form-urlencoded", "card=4242+4242+4242+4242&n=5555+5555+5555", "card=REDACTED&n=5555+5555+5555", "blanks of forms within a card's number"},
		{"application/x-www-form-urlencoded", "data=%7B%22password%22%3A%22s%22%7D&n=%7B%22a%22%3A1%7D", "data=REDACTED&n=%7B%22a%22%3A1%7D", "JSON within a form"},
		{"text/plain", "a: b\npassword=s t", "a: b\npassword=REDACTED t", "text"},
		{"application/xml", "<a><user>b</user><password>s</password></a>", "<a><user>b</user><password>REDACTED</password></a>", "an element"},
		{"", `{"password":"s","a":"b"}`, `{"password":"REDACTED","a":"b"}`, "JSON without a type"},
		{
			"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\ns\r\n\r\nt\r\n--b\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nann\r\n--b\r\nContent-Type: application/json\r\n\r\n{\"token\":\"s\"}\r\n--b--\r\n",
			"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nREDACTED\r\n--b\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nann\r\n--b\r\nContent-Type: application/json\r\n\r\n{\"token\":\"REDACTED\"}\r\n--b--\r\n", "fields of a form in parts",
		},
		{"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=pin\r\n\r\n12", "--b\r\nContent-Disposition: form-data; name=pin\r\n\r\nREDACTED", "a part that was cut"},
		{"multipart/mixed", "--b\r\n\r\ns", "--b\r\n\r\ns", "parts without a boundary stay"},
		{"application/octet-stream", "password=s", "password=s", "other bytes stay"},
		{"", "", "", "nothing"},
	}
	for _, test := range tests {
		if got := string(redactBody([]byte(test.body), test.media)); got != test.want {
			t.Errorf("%s: %s becomes %s, want %s", test.reason, test.body, got, test.want)
		}
	}
}

// places puts a secret wherever one may stand.
var places = []func(x *Exchange, word, secret string){
	func(x *Exchange, word, secret string) { x.Target = "/p?a=b&token=" + secret + "&c=" + word },
	func(x *Exchange, word, secret string) { x.Target = "/p?" + word + "&api_key=" + secret },
	func(x *Exchange, word, secret string) {
		x.Target = "/p?next=" + url.QueryEscape("/q?sig="+secret+"&"+word)
	},
	func(x *Exchange, word, secret string) { x.Target = "/p?u=https://" + word + ":" + secret + "@h/" },
	func(x *Exchange, _, secret string) { x.Target = "/p;password=" + secret + "/q" },
	func(x *Exchange, word, secret string) {
		x.capture.requestHeader.Set("Authorization", "Basic "+word+secret)
	},
	func(x *Exchange, word, secret string) { x.capture.requestHeader.Add("Cookie", word+"="+secret) },
	func(x *Exchange, word, secret string) { x.capture.requestHeader.Add("X-"+word+"-Api-Key", secret) },
	func(x *Exchange, word, secret string) {
		x.capture.responseHeader.Add("Set-Cookie", word+"="+secret+"; Path=/")
	},
	func(x *Exchange, word, secret string) {
		x.capture.responseHeader.Add("Location", "/p?"+word+"&code="+secret)
	},
	func(x *Exchange, word, secret string) {
		x.capture.request.raw = []byte("a=" + word + "&client_secret=" + secret)
		x.capture.requestHeader.Set("Content-Type", "application/x-www-form-urlencoded")
	},
	func(x *Exchange, word, secret string) {
		x.capture.response.raw = fmt.Appendf(nil, `{"a":%q,"access_token":{"x":[%q]}}`, word, secret)
		x.capture.responseHeader.Set("Content-Type", "application/json")
	},
	func(x *Exchange, word, secret string) {
		x.capture.request.raw = fmt.Appendf(nil, "--b\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\n%s%s\r\n--b--\r\n", word, secret)
		x.capture.requestHeader.Set("Content-Type", "multipart/form-data; boundary=b")
	},
	func(x *Exchange, word, secret string) {
		x.capture.response.raw = fmt.Appendf(nil, "<a><b>%s</b><password>%s</password></a>", word, secret)
		x.capture.responseHeader.Set("Content-Type", "application/xml")
	},
	func(x *Exchange, word, secret string) {
		x.capture.response.raw, _ = json.Marshal(map[string]string{"next": "/p?" + word + "&token=" + secret})
		x.capture.responseHeader.Set("Content-Type", "application/json")
	},
}

// FuzzRedaction plants a secret: it must not be found in what is kept, neither
// of the exchange nor of its span.
func FuzzRedaction(f *testing.F) {
	for i := range places {
		f.Add(i, "word", "x9")
	}
	f.Add(3, "%", "p?")
	f.Add(3, "'", "")
	f.Fuzz(func(t *testing.T, place int, word, tail string) {
		secret := "hush" + hexOnly(tail)
		word = strings.Map(harmless, word)
		x := &Exchange{Method: "GET", Target: "/", capture: &capture{requestHeader: http.Header{}, responseHeader: http.Header{}}}
		x.capture.request.on, x.capture.response.on = true, true
		places[int(uint(place)%uint(len(places)))](x, word, secret)
		kept := x.Redacted()
		shown := fmt.Sprint(kept.Target, kept.Route, kept.RequestHeader(), kept.ResponseHeader(),
			string(kept.RequestBody().Bytes), string(kept.ResponseBody().Bytes))
		if strings.Contains(shown, secret) {
			t.Fatalf("place %d: kept %s", place, shown)
		}
		p := &Proxy{cfg: Config{Edge: x.Edge}}
		p.describe()
		c := &call{proxy: p, request: &http.Request{Header: x.capture.requestHeader}, Exchange: *x}
		if span := fmt.Sprintf("%+v", *c.span()); strings.Contains(span, secret) {
			t.Fatalf("place %d: span %s", place, span)
		}
	})
}

// harmless drops what would end the place that a secret is planted in.
func harmless(r rune) rune {
	if strings.ContainsRune("&?#/@\"\\ \r\n\x00", r) || r > 126 || r < 32 {
		return -1
	}
	return r
}

func hexOnly(s string) string { return fmt.Sprintf("%x", s) }

// TestRedactedSharesNothing lets the original be used again.
func TestRedactedSharesNothing(t *testing.T) {
	x := &Exchange{Target: "/", capture: &capture{requestHeader: http.Header{"A": {"b"}}}}
	x.capture.request.on = true
	x.capture.request.raw = []byte("text")
	kept := x.Redacted()
	x.capture.requestHeader["A"][0] = "changed"
	copy(x.capture.request.raw, "xxxx")
	if got := kept.RequestHeader().Get("A") + string(kept.RequestBody().Bytes); got != "btext" {
		t.Errorf("the copy changed to %q", got)
	}
	if got := kept.ResponseBody(); got.Bytes != nil {
		t.Errorf("a body that was not captured is %v", got)
	}
	again := kept.Redacted()
	if got := string(again.RequestBody().Bytes); got != "text" {
		t.Errorf("redacted twice, the body is %q", got)
	}
}

func BenchmarkRedactTarget(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		RedactTarget("/orders/4711?page=2&sort=name&api_key=abc")
	}
}

func TestACardGivesWayToOneForTests(t *testing.T) {
	x := &Exchange{capture: &capture{requestHeader: http.Header{"Content-Type": {"application/json"}}}}
	x.capture.request.on = true
	x.capture.request.raw = []byte(`{"card": "4242 4242 4242 4242", "4242424242424242": 1, "token": "t", "n": 4, "cut": "42`)
	const want = `{"card": "4111111111111111", "4111111111111111": 1, "token": "REDACTED", "n": 4, "cut": "42`
	kept := x.Recordable()
	if got := string(kept.RequestBody().Bytes); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
