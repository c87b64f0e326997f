package main

import (
	"github.com/spf13/cobra"

	"github.com/solverbench/solverbench/plugins/capi"
)

// serveC is the hidden subcommand under which this executable is the plugin that a shared library with the C ABI is.
const serveC = "serve-c"

func newServeC() *cobra.Command {
	return &cobra.Command{
		Use:    serveC + " LIBRARY",
		Short:  "Serve the solvers of a shared library to the harness that launched this process",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := capi.Serve(args[0]); err != nil {
				return &exitError{exitPlugin, err}
			}
			return nil
		},
	}
}
