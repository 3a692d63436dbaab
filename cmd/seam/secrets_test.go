package main

import "testing"

func TestValuesOfSecretVariablesAreNotShown(t *testing.T) {
	for variable, secret := range map[string]bool{
		"API_TOKEN": true, "DB_PASSWORD": true, "PGPASSWORD": true, "CLIENT_SECRET": true, "STRIPE_KEY": true, "SSH_KEY": true, "DB_PASS": true, "MYSQL_PWD": true, "GITHUB_PAT": true, "SENTRY_DSN": true,
		"PWD": false, "OLDPWD": false, "HOME": false, "KEYBOARD": false, "MONKEY": false, "TOKENIZER": false, "KEY_FILE": false, "COMPASS": false, "SSH_AUTH_SOCK": false, "KEYS": false,
	} {
		want := "dial hush-1: refused"
		if secret {
			want = "dial REDACTED: refused"
		}
		if got := withoutValues("dial hush-1: refused", []string{variable + "=hush-1"}); got != want {
			t.Errorf("%s: %s", variable, got)
		}
	}
	for _, variable := range []string{"API_TOKEN=hush", "SSL_KEY=/etc/hush-1", "API_TOKEN="} {
		if got := withoutValues("a hush in /etc/hush-1", []string{variable}); got != "a hush in /etc/hush-1" {
			t.Errorf("%s: %s", variable, got)
		}
	}
}
