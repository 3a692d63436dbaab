package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func tracesCommand() *cobra.Command {
	var page, service, edge, text, format string
	var least time.Duration
	var failed, details bool
	var limit int
	cmd := &cobra.Command{
		Use:   "traces [TRACE-ID]",
		Short: "List the traces of a running `seam up`, or draw one",
		Example: `  seam traces
  seam traces --failed --edge 'web->orders' --min 20ms
  seam traces 4bf92f35              # the first digits of an id are enough
  seam traces 4bf92f35 --details    # with attributes, events and links`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("seam traces takes one trace id, but got %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/api/traces"
			switch {
			case format != "text" && format != "json":
				return usage("-o %s: unknown format; choose from text, json", format)
			case limit < 1 || limit > mostListed:
				return usage("--limit %d: choose from 1 to %d", limit, mostListed)
			case least < 0:
				return usage("--min %s: write a time such as 20ms", least)
			case len(args) == 1:
				if err := refuse(cmd, "chooses from the list; a trace that is named is drawn whole", "service", "edge", "min", "failed", "text", "limit"); err != nil {
					return err
				}
				path += "/" + url.PathEscape(args[0])
			case details:
				return usage("--details draws one trace: name its id, as `seam traces` lists it")
			}
			query := url.Values{"limit": {fmt.Sprint(limit)}, "strict": {"true"}, "details": {fmt.Sprint(details)}}
			for name, value := range map[string]string{"service": service, "edge": strings.ReplaceAll(edge, " ", ""), "min": least.String(), "text": text} {
				if value != "" {
					query.Set(name, value)
				}
			}
			if failed {
				query.Set("failed", "true")
			}
			return fetch(cmd, addressOf(page), path+"?"+query.Encode(), format)
		},
	}
	f := cmd.Flags()
	f.StringVar(&page, "page", defaultPage, "`ADDRESS` of the page that seam up printed")
	f.StringVar(&service, "service", "", "only traces with a span of this service")
	f.StringVar(&edge, "edge", "", "only traces that crossed this edge, such as 'web->orders'")
	f.DurationVar(&least, "min", 0, "only traces that took at least so long, such as 20ms")
	f.BoolVar(&failed, "failed", false, "only traces with an error")
	f.StringVar(&text, "text", "", "only traces with this text in a name, an attribute, an event or the id")
	f.BoolVar(&details, "details", false, "draw every span of the trace with its attributes, events and links")
	addFormat(cmd, &format, "text", "json")
	cmd.ValidArgsFunction = offered(func(cmd *cobra.Command) []string { return runningOf(cmd, page).traces })
	complete(cmd, "service", func(cmd *cobra.Command) []string { return runningOf(cmd, page).services })
	complete(cmd, "edge", func(cmd *cobra.Command) []string { return runningOf(cmd, page).edges })
	f.IntVar(&limit, "limit", 20, "how many at most, the newest first; 200 is the most")
	return cmd
}

// mostListed is how many traces the page lists at once.
const mostListed = 200

func addressOf(page string) string {
	return strings.TrimRight(strings.TrimPrefix(page, "http://"), "/")
}

// elsewhere is the remedy where somebody else than seam holds the address.
const elsewhere = "give --page the address that `seam up` printed: it takes a free one where " + defaultPage + " is held"

// fetch prints what a running seam answers as text or JSON.
func fetch(cmd *cobra.Command, address, path, format string) error {
	request, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return usage("--page %s: write the address that `seam up` printed, such as %s", shownURL(address), defaultPage)
	}
	request.Header.Set("Accept", map[string]string{"text": "text/plain", "json": "application/json"}[format])
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Do(request)
	var broken *net.OpError
	switch {
	case errors.As(err, &broken):
		return fmt.Errorf("no page answers at %s: %w; start the system with `seam up`, or give --page the address that it printed", address, broken.Err)
	case err != nil:
		return fmt.Errorf("ask %s for traces: %w; %s", address, err, elsewhere)
	}
	defer answer.Body.Close()
	if answer.Header.Get("Server") != "seam" {
		return fmt.Errorf("ask %s for traces: what answers there (with %s) is no page of seam; %s", address, answer.Status, elsewhere)
	}
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
		return usage("%s", strings.TrimSpace(string(text)))
	}
	n, err := io.Copy(cmd.OutOrStdout(), answer.Body)
	if n == 0 && err == nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "seam: no trace fits; the address to call is the entry that `seam up` printed")
	}
	return err
}
