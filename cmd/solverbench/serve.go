package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/results/site"
)

func newServe() *cobra.Command {
	var f filterFlags
	var port int
	var asJSON bool
	var title, solutions string
	cmd := &cobra.Command{
		Use:   "serve [PROBLEM-SELECTION...]",
		Short: "Show the web site of a database while it grows",
		Long: `Serve what "solverbench publish" writes from a database as it is, also while runs are stored in it: pages reload themselves. Only
this machine can ask, at 127.0.0.1, and the database is only read. Ctrl-C ends it.`,
		Example: `  solverbench serve
  solverbench serve 'poisson/*' --db my.db --port 9000
  solverbench serve --solutions out`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if port < 0 || port > 65535 {
				return &harness.UsageError{Err: fmt.Errorf("--port: %d, expected 0 to 65535", port)}
			}
			pictures, err := newGallerist(solutions)
			if err != nil {
				return err
			}
			described, err := describedSite(cmd, &f, title)
			if err != nil {
				return err
			}
			server := &site.Server{
				Load: func(ctx context.Context) (in site.Input, err error) {
					in = *described
					if err = loadSite(cmd, &f, args, false, &in); err == nil {
						in.Galleries, err = pictures.galleries(ctx, in.Boards, in.Runs, cmd.ErrOrStderr())
					}
					return in, err
				},
				Stamp: func() string { return databaseStamp(f.db) },
				Every: 2 * time.Second,
			}
			if err := server.Prepare(cmd.Context()); err != nil { // whatever is wrong is better known now
				return err
			}
			listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err != nil {
				return &harness.UsageError{Err: fmt.Errorf("--port: %w (0 takes any that is free)", err)}
			}
			if err := tellServed(cmd, listener.Addr(), asJSON); err != nil {
				return errors.Join(err, listener.Close())
			}
			return serve(cmd.Context(), listener, server)
		},
	}
	f.register(cmd)
	cmd.Flags().IntVar(&port, "port", 8642, "port at 127.0.0.1; 0 for any that is free")
	cmd.Flags().StringVar(&title, "title", "Solver leaderboards", "title of the site")
	cmd.Flags().StringVar(&solutions, "solutions", "", "`folder` that run --save writes, for pictures of solutions")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the address as JSON")
	registerCompletions(cmd)
	_ = cmd.MarkFlagDirname("solutions")
	return cmd
}

// servedSite is the JSON of serve.
type servedSite struct {
	URL string `json:"url"`
}

func tellServed(cmd *cobra.Command, at net.Addr, asJSON bool) error {
	url := fmt.Sprintf("http://%s/", at)
	if asJSON {
		return writeJSON(cmd, servedSite{url})
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s (Ctrl-C ends it)\n", url)
	return err
}

// serve answers until ctx ends.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	// Those who wait for events have been told by the context.
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := server.Shutdown(stop); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// databaseStamp differs when a database has been written to: SQLite writes to the file or to the log beside it. That there is none is for
// those to tell who read it.
func databaseStamp(path string) string {
	stamp := ""
	for _, file := range []string{path, path + "-wal"} {
		if info, err := os.Stat(file); err == nil {
			stamp += fmt.Sprint(info.Size(), " ", info.ModTime().UnixNano(), " ")
		}
	}
	return stamp
}
